import { isDeepStrictEqual } from 'node:util'
import { signedIn } from '../../platform/graphql/signed-in.ts'
import { InputRules, type InvalidInput } from '../../platform/graphql/invalid-input.ts'
import { readSearch } from '../../platform/graphql/search.ts'
import { connectionOf, readPage } from '../../platform/graphql/pages.ts'
import { isId, newId, type UserId } from '../../platform/ids.ts'
import { mayActFor, type Viewer } from '../../platform/identity/viewer.ts'
import type { Database, Transaction } from '../../platform/postgres/database.ts'
import { deleteAndTell } from './deletion.ts'
import { recordTodoEvents } from './events.ts'
import type { CreateTodoInput, TodoCounts, TodoFilter, UpdateTodoInput, UserTodosArgs } from './generated.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { sortOrderOf } from './list.ts'
import {
  deleteTodo,
  insertTodo,
  lockTodo,
  setCompleted,
  updateTodo,
  type Filter,
  type TodoConnectionRow,
  type TodoFields,
  type TodoRow,
} from './store.ts'

export interface TodoNotFound {
  __typename: 'TodoNotFound'
  message: string
}
export const todoNotFound: TodoNotFound = {
  __typename: 'TodoNotFound',
  message: 'There is no such todo, or it is not yours.',
}

export interface TodoVersionConflict {
  __typename: 'TodoVersionConflict'
  message: string
  current: TodoRow
}

/** Todos, as one viewer may see and change them. */
export class TodosService {
  readonly #viewer: Viewer | null
  readonly #database: Database
  #loaders: Loaders

  constructor(viewer: Viewer | null, database: Database) {
    this.#viewer = viewer
    this.#database = database
    this.#loaders = createLoaders(database)
  }

  /** One todo; null when there is none, or the viewer may not see it. */
  async find(id: string): Promise<TodoRow | null> {
    if (!this.#viewer || !isId('todo', id)) return null
    const todo = await this.#loaders.todoById.load(id)
    return todo && mayActFor(this.#viewer, todo.ownerId) ? todo : null
  }

  /** A page of a user's list; null when the viewer may not see it. */
  async list(owner: UserId, args: UserTodosArgs): Promise<TodoConnectionRow | null> {
    if (!mayActFor(this.#viewer, owner)) return null
    const order = sortOrderOf(args.orderBy)
    const filter = readFilter(args.filter ?? {})
    const page = readPage(args, order.name, order.type.accepts)
    const slice = await this.#loaders.pageOfUser(owner, { filter, order, page })
    if (!slice) return null
    return connectionOf(slice, order.name, async () => (await this.#loaders.countOfUser(owner, filter)) ?? 0)
  }

  /** How many todos a user has; null when the viewer may not know. */
  async counts(owner: UserId): Promise<TodoCounts | null> {
    return mayActFor(this.#viewer, owner) ? this.#loaders.countsOfUser.load(owner) : null
  }

  async create({ title, notes, priority, dueAt, idempotencyKey }: CreateTodoInput): Promise<TodoRow | InvalidInput> {
    const invalid = todoRules({ title, notes }).length(idempotencyKey, 'idempotencyKey', 1, 255).result()
    if (invalid) return invalid
    const { userId } = signedIn(this.#viewer)
    const fields = { title, notes: notes ?? null, priority, dueAt: dueAt ?? null }
    return this.#changing(async (queries) => {
      const { todo, isNew } = await insertTodo(queries, newId('todo'), userId, fields, idempotencyKey ?? null)
      if (isNew) await recordTodoEvents(queries, 'todo.created', [todo])
      return todo
    })
  }

  async update(input: UpdateTodoInput): Promise<TodoRow | TodoNotFound | TodoVersionConflict | InvalidInput> {
    const invalid = todoRules(input).result()
    if (invalid) return invalid
    return this.#withLocked(input.id, async (queries, todo) => {
      if ((input.expectedVersion ?? todo.version) !== todo.version) return versionConflict(todo)
      const fields = fieldsAfter(todo, input)
      if (isSame(todo, fields)) return todo
      const updated = await updateTodo(queries, todo.id, fields)
      await recordTodoEvents(queries, 'todo.updated', [updated])
      return updated
    })
  }

  /** Marks a todo as done or not done; one that is so already stays as it is. */
  async mark(id: string, isCompleted: boolean): Promise<TodoRow | TodoNotFound> {
    return this.#withLocked(id, async (queries, todo) => {
      if (todo.isCompleted === isCompleted) return todo
      const marked = await setCompleted(queries, todo.id, isCompleted)
      await recordTodoEvents(queries, isCompleted ? 'todo.completed' : 'todo.reopened', [marked])
      return marked
    })
  }

  /** Deletes a todo; tells whether there was one. */
  async delete(id: string): Promise<boolean> {
    const { userId } = signedIn(this.#viewer)
    if (!isId('todo', id)) return false
    return this.#changing(async (queries) => {
      const deleted = await deleteTodo(queries, userId, id)
      if (deleted) await recordTodoEvents(queries, 'todo.deleted', [deleted])
      return deleted !== null
    })
  }

  /** Deletes the viewer's completed todos; tells how many there were. */
  async clearCompleted(): Promise<number> {
    const { userId } = signedIn(this.#viewer)
    return this.#changing((queries) => deleteAndTell(queries, userId, 'completed'))
  }

  /** Changes one of the viewer's todos in a transaction, in which nobody else can change it. */
  async #withLocked<Result>(
    id: string,
    change: (queries: Transaction, todo: TodoRow) => Promise<Result>,
  ): Promise<Result | TodoNotFound> {
    const { userId } = signedIn(this.#viewer)
    if (!isId('todo', id)) return todoNotFound
    return this.#changing(async (queries) => {
      const todo = await lockTodo(queries, userId, id)
      return todo ? change(queries, todo) : todoNotFound
    })
  }

  /** After a change nothing that was read before in this request is taken for true. */
  async #changing<Result>(change: (queries: Transaction) => Promise<Result>): Promise<Result> {
    const result = await this.#database.transaction(change)
    this.#loaders = createLoaders(this.#database)
    return result
  }
}

function todoRules({
  title,
  notes,
}: {
  title?: string | null | undefined
  notes?: string | null | undefined
}): InputRules {
  return new InputRules().length(title, 'title', 1, 200).notBlank(title, 'title').length(notes, 'notes', 0, 10_000)
}

function readFilter({ isCompleted, priorities, dueBefore, search }: TodoFilter): Filter {
  return {
    isCompleted: isCompleted ?? null,
    priorities: priorities ? [...new Set(priorities)] : null,
    dueBefore: dueBefore ?? null,
    search: readSearch(search, 'filter.search'),
  }
}

/** What a todo is to be after a change: what is left out stays, and null clears what can be cleared. */
function fieldsAfter(todo: TodoRow, { title, notes, priority, dueAt }: UpdateTodoInput): TodoFields {
  return {
    title: title ?? todo.title,
    notes: notes === undefined ? todo.notes : notes,
    priority: priority ?? todo.priority,
    dueAt: dueAt === undefined ? todo.dueAt : dueAt,
  }
}

/** Whether a change would change nothing, whichever fields there are. */
function isSame(todo: TodoRow, fields: TodoFields): boolean {
  return isDeepStrictEqual({ ...todo, ...fields }, todo)
}

function versionConflict(current: TodoRow): TodoVersionConflict {
  return { __typename: 'TodoVersionConflict', message: `The todo is at version ${current.version} by now.`, current }
}
