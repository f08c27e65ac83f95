import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../platform/ids.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

const FIELDS =
  'id title notes priority dueAt isCompleted completedAt isOverdue version createdAt updatedAt owner { id username }'
const CREATE = `mutation ($input: CreateTodoInput!) { createTodo(input: $input) {
  __typename ... on CreateTodoSuccess { todo { ${FIELDS} } } ... on InvalidInput { message fields { path message } } } }`
const UPDATE = `mutation ($input: UpdateTodoInput!) { updateTodo(input: $input) {
  __typename ... on UpdateTodoSuccess { todo { ${FIELDS} } } ... on TodoVersionConflict { current { title version } } ... on InvalidInput { fields { path } } } }`
const SUCCESSES: Record<string, string> = {
  completeTodo: `CompleteTodoSuccess { todo { ${FIELDS} } }`,
  reopenTodo: `ReopenTodoSuccess { todo { ${FIELDS} } }`,
  deleteTodo: 'DeleteTodoSuccess { deletedTodoId }',
}
const mark = (operation: string, id: string) =>
  `mutation { ${operation}(input: { id: "${id}" }) { __typename ... on ${SUCCESSES[operation]} } }`

test('a todo is created, changed, completed, reopened and deleted', async () => {
  const someone = await graph.person()
  const { todo } = (
    await someone.data(CREATE, { input: { title: 'Learn federation', dueAt: '2020-01-01T01:00:00+01:00' } })
  ).createTodo
  expect(todo).toMatchObject({
    title: 'Learn federation',
    notes: null,
    priority: 'NORMAL',
    dueAt: '2020-01-01T00:00:00.000Z',
    isCompleted: false,
    completedAt: null,
    isOverdue: true,
    version: 1,
    owner: { id: someone.id, username: someone.username },
  })
  const updated = (await someone.data(UPDATE, { input: { id: todo.id, notes: 'Slowly', priority: 'HIGH' } })).updateTodo
    .todo
  expect(updated).toMatchObject({
    title: 'Learn federation',
    notes: 'Slowly',
    priority: 'HIGH',
    dueAt: todo.dueAt,
    version: 2,
  })
  const cleared = (await someone.data(UPDATE, { input: { id: todo.id, notes: null, dueAt: null, title: null } }))
    .updateTodo.todo
  expect(cleared).toMatchObject({ title: 'Learn federation', notes: null, dueAt: null, isOverdue: false, version: 3 })
  const completed = (await someone.data(mark('completeTodo', todo.id))).completeTodo.todo
  expect(completed).toMatchObject({ isCompleted: true, completedAt: expect.any(String), version: 4 })
  expect((await someone.data(mark('completeTodo', todo.id))).completeTodo.todo).toEqual(completed)
  expect((await someone.data(mark('reopenTodo', todo.id))).reopenTodo.todo).toMatchObject({
    isCompleted: false,
    completedAt: null,
    version: 5,
  })
  expect((await someone.data(mark('deleteTodo', todo.id))).deleteTodo).toEqual({
    __typename: 'DeleteTodoSuccess',
    deletedTodoId: todo.id,
  })
  expect((await someone.data(mark('deleteTodo', todo.id))).deleteTodo.__typename).toBe('TodoNotFound')
  expect(await someone.data(`{ todo(id: "${todo.id}") { id } }`)).toEqual({ todo: null })
})

test('a change that changes nothing leaves the version alone', async () => {
  const someone = await graph.person()
  const { todo } = (await someone.data(CREATE, { input: { title: 'Same' } })).createTodo
  expect((await someone.data(UPDATE, { input: { id: todo.id, title: 'Same' } })).updateTodo.todo).toEqual(todo)
})

test('of five changes of one version one wins, and the others are shown what it is now', async () => {
  const someone = await graph.person()
  const { todo } = (await someone.data(CREATE, { input: { title: 'Contended' } })).createTodo
  const results = await Promise.all(
    Array.from({ length: 5 }, (_, index) =>
      someone.data(UPDATE, { input: { id: todo.id, expectedVersion: 1, title: `Change ${index}` } }),
    ),
  )
  const won = results.filter(({ updateTodo }) => updateTodo.__typename === 'UpdateTodoSuccess')
  expect(won).toHaveLength(1)
  const lost = results.filter(({ updateTodo }) => updateTodo.__typename === 'TodoVersionConflict')
  expect(lost).toHaveLength(4)
  for (const { updateTodo } of lost)
    expect(updateTodo.current).toEqual({ title: won[0].updateTodo.todo.title, version: 2 })
})

test('the same idempotency key creates one todo, also when it is used many times at once', async () => {
  const [someone, other] = [await graph.person(), await graph.person()]
  const input = { title: 'Once', idempotencyKey: 'my key' }
  const created = await Promise.all(Array.from({ length: 5 }, () => someone.data(CREATE, { input })))
  expect(new Set(created.map(({ createTodo }) => createTodo.todo.id)).size).toBe(1)
  expect((await someone.data('{ viewer { todoCounts { total } } }')).viewer.todoCounts.total).toBe(1)
  expect((await other.data(CREATE, { input })).createTodo.todo.id).not.toBe(created[0].createTodo.todo.id)
})

test("another's todo does not exist: it cannot be read, changed, completed or deleted", async () => {
  const [someone, other] = [await graph.person(), await graph.person()]
  const { todo } = (await someone.data(CREATE, { input: { title: 'Private' } })).createTodo
  expect(await other.data(`{ todo(id: "${todo.id}") { id } node(id: "${todo.id}") { id } }`)).toEqual({
    todo: null,
    node: null,
  })
  expect((await other.data(UPDATE, { input: { id: todo.id, title: 'Stolen' } })).updateTodo.__typename).toBe(
    'TodoNotFound',
  )
  for (const operation of ['completeTodo', 'reopenTodo', 'deleteTodo'])
    expect((await other.data(mark(operation, todo.id)))[operation].__typename).toBe('TodoNotFound')
  expect((await someone.data(`{ todo(id: "${todo.id}") { title version } }`)).todo).toEqual({
    title: 'Private',
    version: 1,
  })
})

test('completed todos are cleared, and only the own ones', async () => {
  const [someone, other] = [await graph.person(), await graph.person()]
  for (const person of [someone, someone, other]) {
    const { todo } = (await person.data(CREATE, { input: { title: 'Done' } })).createTodo
    await person.data(mark('completeTodo', todo.id))
  }
  await someone.data(CREATE, { input: { title: 'Open', dueAt: '2020-01-01T00:00:00Z' } })
  const counts = '{ viewer { todoCounts { total open completed overdue } } }'
  expect((await someone.data(counts)).viewer.todoCounts).toEqual({ total: 3, open: 1, completed: 2, overdue: 1 })
  expect(await someone.data('mutation { clearCompletedTodos { deletedTodoCount } }')).toEqual({
    clearCompletedTodos: { deletedTodoCount: 2 },
  })
  expect((await someone.data(counts)).viewer.todoCounts).toEqual({ total: 1, open: 1, completed: 0, overdue: 1 })
  expect((await other.data(counts)).viewer.todoCounts.completed).toBe(1)
})

test('what a mutation changed is what the rest of the same operation sees', async () => {
  const someone = await graph.person()
  const both = await someone.data(`mutation {
    a: createTodo(input: { title: "One" }) { ... on CreateTodoSuccess { todo { owner { todoCounts { total } } } } }
    b: createTodo(input: { title: "Two" }) { ... on CreateTodoSuccess { todo { owner { todoCounts { total } } } } }
  }`)
  expect([both.a.todo.owner.todoCounts.total, both.b.todo.owner.todoCounts.total]).toEqual([1, 2])
})

test('inputs that break rules are told, all at once, and create nothing', async () => {
  const someone = await graph.person()
  const { createTodo } = await someone.data(CREATE, {
    input: { title: '', notes: 'x'.repeat(10_001), idempotencyKey: '' },
  })
  expect(createTodo.fields.map(({ path }: { path: string[] }) => path[0])).toEqual(['title', 'notes', 'idempotencyKey'])
  expect((await someone.data(CREATE, { input: { title: '🙂'.repeat(200) } })).createTodo.__typename).toBe(
    'CreateTodoSuccess',
  )
  expect((await someone.data(CREATE, { input: { title: '🙂'.repeat(201) } })).createTodo.__typename).toBe(
    'InvalidInput',
  )
  expect((await someone.data(CREATE, { input: { title: '   ' } })).createTodo.__typename).toBe('InvalidInput')
  expect((await someone.data('{ viewer { todoCounts { total } } }')).viewer.todoCounts.total).toBe(1)
})

test('completed todos are cleared also where there are thousands, and each is told of', async () => {
  const someone = await graph.person()
  await graph.database.sql(
    `insert into todos.todos (id, owner_id, title, priority, completed_at)
     select gen_random_uuid(), $1, 'Done', 'NORMAL', now() from generate_series(1, 2500)`,
    [uuidOf(someone.id)],
  )
  const { clearCompletedTodos } = await someone.data('mutation { clearCompletedTodos { deletedTodoCount } }')
  expect(clearCompletedTodos).toEqual({ deletedTodoCount: 2_500 })
  const told = await graph.database.sql(
    `select count(*)::integer as count from todos.outbox where type = 'todo.deleted' and payload ->> 'ownerId' = $1`,
    [someone.id],
  )
  expect(told).toEqual([{ count: 2_500 }])
})
