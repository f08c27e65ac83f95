import { z } from 'zod'
import type { Connection, Page, Slice } from '../../platform/graphql/pages.ts'
import { idOf, uuidOf, type Id, type Reference, type UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { keysetOf, sliceOf, type SortOrder } from '../../platform/postgres/keyset.ts'
import { containing } from '../../platform/postgres/patterns.ts'

export type TodoId = Id<'todo'>

const userId = z.string().transform((uuid) => idOf('user', uuid))

const todoId = z.string().transform((uuid) => idOf('todo', uuid))

const todo = z
  .object({
    id: todoId,
    owner_id: userId,
    title: z.string(),
    notes: z.string().nullable(),
    priority: z.enum(['LOW', 'NORMAL', 'HIGH', 'URGENT']),
    due_at: z.date().nullable(),
    completed_at: z.date().nullable(),
    is_overdue: z.boolean(),
    version: z.number(),
    created_at: z.date(),
    updated_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    ownerId: row.owner_id,
    title: row.title,
    notes: row.notes,
    priority: row.priority,
    dueAt: row.due_at,
    isCompleted: row.completed_at !== null,
    completedAt: row.completed_at,
    isOverdue: row.is_overdue,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }))

export type TodoRow = z.infer<typeof todo>
export type TodoConnectionRow = Connection<TodoRow>
export type UserRow = Reference<'user'>

const columns = `id, owner_id, title, notes, priority, due_at, completed_at,
  (completed_at is null and due_at is not null and due_at < now()) as is_overdue, version, created_at, updated_at`

/** What a change of a todo can set. */
export interface TodoFields {
  title: string
  notes: string | null
  priority: TodoRow['priority']
  dueAt: Date | null
}

/** Which todos of a list are meant; what is null does not matter. */
export interface Filter {
  isCompleted: boolean | null
  priorities: TodoRow['priority'][] | null
  dueBefore: Date | null
  search: string | null
}

export async function todosByIds(db: Queries, ids: readonly TodoId[]): Promise<TodoRow[]> {
  return todo
    .array()
    .parse(await db.query(`select ${columns} from todos where id = any($1::uuid[])`, [ids.map(uuidOf)]))
}

/** Finds a todo of an owner and locks it for the transaction. */
export async function lockTodo(db: Queries, owner: UserId, id: TodoId): Promise<TodoRow | null> {
  const raw = await db.query(`select ${columns} from todos where id = $1 and owner_id = $2 for update`, [
    uuidOf(id),
    uuidOf(owner),
  ])
  return todo.array().parse(raw)[0] ?? null
}

const inserted = z.object({ is_new: z.boolean() })

/** Creates a todo; where the owner used the key before, gives the todo that it created, which is not new. */
export async function insertTodo(
  db: Queries,
  id: TodoId,
  owner: UserId,
  { title, notes, priority, dueAt }: TodoFields,
  key: string | null,
): Promise<{ todo: TodoRow; isNew: boolean }> {
  const raw = await db.query(
    `insert into todos (id, owner_id, title, notes, priority, due_at, idempotency_key) values ($1, $2, $3, $4, $5, $6, $7)
     on conflict (owner_id, idempotency_key) do update set idempotency_key = excluded.idempotency_key
     returning ${columns}, xmax = 0 as is_new`,
    [uuidOf(id), uuidOf(owner), title, notes, priority, dueAt, key],
  )
  return { todo: todo.parse(raw[0]), isNew: inserted.parse(raw[0]).is_new }
}

export async function updateTodo(
  db: Queries,
  id: TodoId,
  { title, notes, priority, dueAt }: TodoFields,
): Promise<TodoRow> {
  const raw = await db.query(
    `update todos set title = $2, notes = $3, priority = $4, due_at = $5, version = version + 1, updated_at = now()
     where id = $1 returning ${columns}`,
    [uuidOf(id), title, notes, priority, dueAt],
  )
  return todo.parse(raw[0])
}

/** Marks a todo as done, or as not done. */
export async function setCompleted(db: Queries, id: TodoId, isCompleted: boolean): Promise<TodoRow> {
  const raw = await db.query(
    `update todos set completed_at = case when $2 then now() end, version = version + 1, updated_at = now()
     where id = $1 returning ${columns}`,
    [uuidOf(id), isCompleted],
  )
  return todo.parse(raw[0])
}

/** Deletes a todo of an owner; gives what it was, or null. */
export async function deleteTodo(db: Queries, owner: UserId, id: TodoId): Promise<TodoRow | null> {
  const raw = await db.query(`delete from todos where id = $1 and owner_id = $2 returning ${columns}`, [
    uuidOf(id),
    uuidOf(owner),
  ])
  return todo.array().parse(raw)[0] ?? null
}

/** What is left to tell of a todo that was deleted. */
const deletedTodo = z
  .object({ id: todoId, owner_id: userId, version: z.number() })
  .transform(({ id, owner_id, version }) => ({ id, ownerId: owner_id, version }))
export type DeletedTodo = z.infer<typeof deletedTodo>

/** Deletes an owner's completed todos, or all of them: so many at most, which are fewer only when none is left. */
export async function deleteTodos(
  db: Queries,
  owner: UserId,
  which: 'completed' | 'all',
  most: number,
): Promise<DeletedTodo[]> {
  const raw = await db.query(
    `delete from todos where id in (
       select id from todos where owner_id = $1 and ($2 or completed_at is not null) limit $3 for update
     ) returning id, owner_id, version`,
    [uuidOf(owner), which === 'all', most],
  )
  return deletedTodo.array().parse(raw)
}

const MATCHES = `owner_id = owner
  and ($2::boolean is null or (completed_at is not null) = $2)
  and ($3::todo_priority[] is null or priority = any($3))
  and ($4::timestamptz is null or due_at < $4)
  and ($5::text is null or title ilike $5 or notes ilike $5)`

const matching = ({ isCompleted, priorities, dueBefore, search }: Filter) => [
  isCompleted,
  priorities,
  dueBefore,
  search && containing(search),
]

const ofOwner = z.object({ owner: userId })

/** A page of the list of each of several owners. */
export async function todoPages(
  db: Queries,
  owners: UserId[],
  filter: Filter,
  order: SortOrder,
  page: Page,
): Promise<Map<UserId, Slice<TodoRow>>> {
  const keyset = keysetOf(page, order, 6)
  const raw = await db.query(
    `select owner, bounds.*, page.* from unnest($1::uuid[]) as owner
     cross join lateral ${keyset.from(columns, `todos where ${MATCHES}`)} order by owner, ${keyset.orderBy}`,
    [owners.map(uuidOf), ...matching(filter), ...keyset.values],
  )
  const byOwner = Map.groupBy(raw, (row) => ofOwner.parse(row).owner)
  return new Map([...byOwner].map(([owner, rows]) => [owner, sliceOf(rows, todo, page)]))
}

const counted = ofOwner.extend({ count: z.number() }).array()

/** How many todos of each of several owners match. */
export async function countTodos(db: Queries, owners: UserId[], filter: Filter): Promise<Map<UserId, number>> {
  const raw = await db.query(
    `select owner, (select count(*)::int from todos where ${MATCHES}) as count from unnest($1::uuid[]) as owner`,
    [owners.map(uuidOf), ...matching(filter)],
  )
  return new Map(counted.parse(raw).map(({ owner, count }) => [owner, count]))
}

const counts = z.object({
  owner: userId,
  total: z.number(),
  open: z.number(),
  completed: z.number(),
  overdue: z.number(),
})

export async function countsOfUsers(db: Queries, owners: readonly UserId[]): Promise<z.infer<typeof counts>[]> {
  const raw = await db.query(
    `select owner, count(id)::int as total, count(id) filter (where completed_at is null)::int as open,
            count(completed_at)::int as completed, count(id) filter (where completed_at is null and due_at < now())::int as overdue
     from unnest($1::uuid[]) as owner left join todos on owner_id = owner group by owner`,
    [owners.map(uuidOf)],
  )
  return counts.array().parse(raw)
}
