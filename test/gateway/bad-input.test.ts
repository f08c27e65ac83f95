import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../support/people.ts'
import { expectRefused, operation, post } from '../support/refused.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person
let before: unknown
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
  someone = await graph.person()
  await someone.data('mutation { createTodo(input: { title: "Stays as it is" }) { __typename } }')
  before = await rows()
})
afterAll(() => graph[Symbol.asyncDispose]())

/** Everything that bad input must leave alone. */
const rows = async () => ({
  todos: await graph.database.sql('select * from todos.todos order by id'),
  accounts: await graph.database.sql('select * from users.accounts order by id'),
  products: await graph.database.sql('select * from products.products order by id'),
})

const authorization = () => ({ authorization: `Bearer ${someone.accessToken}` })

const expectInputRefused = (body: string, code = 'BAD_USER_INPUT') =>
  expectRefused(graph.origin, { body, code, headers: authorization() })

const send = (body: string) => post(graph.origin, body, authorization())

const LIST =
  'query ($first: Int, $last: Int, $after: String, $before: String) { products(first: $first, last: $last, after: $after, before: $before) { nodes { id } } }'

test.each([
  ['a negative first', { first: -1 }],
  ['first of zero', { first: 0 }],
  ['a huge first', { first: 101 }],
  ['a negative last', { last: -1 }],
  ['first with last', { first: 1, last: 1 }],
  ['a garbage cursor', { after: 'garbage' }],
  ['an empty cursor', { before: '' }],
  ['a cursor of JSON', { after: Buffer.from('["NAME ASC","x"]').toString('base64url') }],
  [
    'a cursor with half a surrogate pair',
    {
      after: Buffer.from(String.raw`["NAME ASC","\ud800","00000000-0000-7000-8000-000000000000"]`).toString(
        'base64url',
      ),
    },
  ],
  [
    'a cursor of another order',
    { after: Buffer.from('["PRICE ASC","1","00000000-0000-7000-8000-000000000000"]').toString('base64url') },
  ],
])('%s is refused', async (_, variables) => {
  await expectInputRefused(operation(LIST, variables))
})

test('the largest first costs too much', async () => {
  await expectInputRefused(operation(LIST, { first: 2_147_483_647 }), 'COST_LIMIT_EXCEEDED')
})

const forged = (order: string, key: string) =>
  Buffer.from(JSON.stringify([order, key, '00000000-0000-7000-8000-000000000000'])).toString('base64url')

test.each([
  ['PRICE', 'abc'],
  ['PRICE', '99999999999999999999'],
  ['CREATED_AT', '2026-99-99 00:00:00+00'],
  ['CREATED_AT', 'now'],
  ['NAME', '\0'],
])('a forged cursor by %s with the key %j is refused', async (field, key) => {
  const query = `query ($after: String) { products(after: $after, orderBy: { field: ${field}, direction: ASC }) { nodes { id } } }`
  await expectInputRefused(operation(query, { after: forged(`${field} ASC`, key) }))
})

test.each([
  ['DUE_AT', '2026-02-31 00:00:00+00'],
  ['PRIORITY', 'HIGHEST'],
])('a forged cursor of todos by %s with the key %j is refused', async (field, key) => {
  const query = `query ($after: String) { viewer { id todos(after: $after, orderBy: { field: ${field}, direction: ASC }) { nodes { id } } } }`
  await expectInputRefused(operation(query, { after: forged(`${field} ASC`, key) }))
})

const CREATE = 'mutation ($input: CreateTodoInput!) { createTodo(input: $input) { __typename } }'

test.each([
  ['NUL characters', { title: 'a\0b' }],
  ['half a surrogate pair', { title: 'a\ud800b' }],
  ['no title', {}],
  ['an unknown input field', { title: 'x', colour: 'red' }],
  ['an unknown priority', { title: 'x', priority: 'HIGHEST' }],
  ['a date that is none', { title: 'x', dueAt: 'tomorrow' }],
  ['a date that does not exist', { title: 'x', dueAt: '2026-02-30T00:00:00Z' }],
  ['a date without an offset', { title: 'x', dueAt: '2026-02-03T00:00:00' }],
  ['a date before the year 1', { title: 'x', dueAt: '0000-01-01T00:00:00Z' }],
  ['a date after the year 9999', { title: 'x', dueAt: '10000-01-01T00:00:00Z' }],
  ['a date that an offset moves out of range', { title: 'x', dueAt: '9999-12-31T23:59:59-01:00' }],
  ['a date as a number', { title: 'x', dueAt: 5 }],
])('a todo with %s is refused', async (_, input) => {
  await expectInputRefused(operation(CREATE, { input }))
})

test('bad values are refused in the document too, not in variables alone', async () => {
  await expectInputRefused(
    operation('mutation { createTodo(input: { title: "x", dueAt: "tomorrow" }) { __typename } }'),
  )
  await expectInputRefused(operation(String.raw`mutation { createTodo(input: { title: "a\u0000b" }) { __typename } }`))
  await expectInputRefused(
    operation('mutation { signIn(input: { email: "no address", password: "x" }) { __typename } }'),
  )
})

test.each([
  'not-an-id',
  '',
  'todo_',
  'user_00000000000000000000000000',
  'todo_00000000000000000000000001',
  'todo_7zzzzzzzzzzzzzzzzzzzzzzzzz',
  'todo_zzzzzzzzzzzzzzzzzzzzzzzzzz',
  'todo_0000000000000000000000000O',
  'x'.repeat(10_000),
])('the id %j finds nothing and changes nothing', async (id) => {
  const { status, text } = await send(
    operation(
      'query ($id: ID!) { todo(id: $id) { id } user(id: $id) { username } product(id: $id) { id } node(id: $id) { id } }',
      { id },
    ),
  )
  expect({ status, data: JSON.parse(text).data }).toEqual({
    status: 200,
    data: { todo: null, user: null, product: null, node: null },
  })
  const deleted = await send(operation('mutation ($id: ID!) { deleteTodo(input: { id: $id }) { __typename } }', { id }))
  expect(JSON.parse(deleted.text).data).toEqual({ deleteTodo: { __typename: 'TodoNotFound' } })
})

test('a mutation that was half done tells what it did, beside the error of the rest', async () => {
  const other = await graph.person()
  const answer = await other.send(
    'mutation { a: createTodo(input: { title: "Done" }) { __typename } b: createTodo(input: { title: "Not done", dueAt: "never" }) { __typename } }',
  )
  expect(answer.status).toBe(400)
  const half = await other.send(
    `mutation ($bad: String!) { a: clearCompletedTodos { deletedTodoCount } b: createTodo(input: { title: $bad }) { __typename } }`,
    { bad: '\0' },
  )
  expect(half).toMatchObject({
    status: 200,
    data: { a: { deletedTodoCount: 0 }, b: null },
    errors: [{ extensions: { code: 'BAD_USER_INPUT' } }],
  })
})

test('none of all this changed a row', async () => {
  const now = await rows()
  expect({
    ...now,
    accounts: now.accounts.slice(0, 3),
    todos: now.todos.filter(({ title }) => title !== 'Done'),
  }).toEqual(before)
})
