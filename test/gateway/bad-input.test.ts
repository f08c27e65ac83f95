import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../support/people.ts'
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

/** Whether an answer shows how the inside looks. */
const INSIDE = /\bat .*\.(ts|js):\d|node_modules|select |insert |ECONN|127\.0\.0\.1:\d|https?:\/\//

async function post(
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; codes: string[] }> {
  const response = await fetch(`${graph.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${someone.accessToken}`, ...headers },
    body,
  })
  const text = await response.text()
  const codes = (JSON.parse(text).errors ?? []).map(
    ({ extensions }: { extensions: { code: string } }) => extensions.code,
  )
  return { status: response.status, text, codes }
}

/** A request that must be refused as the client's mistake, with this code, telling nothing of the inside. */
async function expectRefused(
  body: string,
  code: string,
  status = 400,
  headers: Record<string, string> = {},
): Promise<void> {
  const answer = await post(body, headers)
  expect(answer.text).not.toMatch(INSIDE)
  expect(answer).toMatchObject({ status, codes: expect.arrayContaining([code]) })
}

const operation = (query: string, variables?: unknown, operationName?: string) =>
  JSON.stringify({ query, variables, operationName })

test.each([
  ['no JSON', '{"query": ', 'BAD_REQUEST'],
  ['an empty body', '', 'BAD_REQUEST'],
  ['a JSON string', '"text"', 'BAD_REQUEST'],
  ['a JSON array', '[]', 'BAD_REQUEST'],
  ['no query', '{"variables":{}}', 'BAD_REQUEST'],
  ['a query that is a number', '{"query":5}', 'BAD_REQUEST'],
  ['variables that are a string', '{"query":"{ __typename }","variables":"x"}', 'BAD_REQUEST'],
  ['a syntax error', operation('{ products('), 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', operation('{ producs { id } }'), 'GRAPHQL_VALIDATION_FAILED'],
  ['a wrong type of argument', operation('{ product(id: {}) { id } }'), 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a wrong type of variable',
    operation('query ($first: Int) { products(first: $first) { nodes { id } } }', { first: 'ten' }),
    'BAD_USER_INPUT',
  ],
  ['a missing variable', operation('query ($id: ID!) { product(id: $id) { id } }'), 'BAD_USER_INPUT'],
  [
    'several operations without a name',
    operation('query A { __typename } query B { __typename }'),
    'OPERATION_RESOLUTION_FAILURE',
  ],
  ['the name of no operation', operation('query A { __typename }', {}, 'B'), 'OPERATION_RESOLUTION_FAILURE'],
  ['a subscription', operation('subscription { products { nodes { id } } }'), 'OPERATION_RESOLUTION_FAILURE'],
  [
    'a variable that no object can hold',
    '{"query":"query ($__proto__: ID!) { node(id: $__proto__) { id } }","variables":{"__proto__":"product_x"}}',
    'OPERATION_RESOLUTION_FAILURE',
  ],
  ['more tokens than allowed', operation(`{ ${'a:__typename '.repeat(1000)} }`), 'GRAPHQL_PARSE_FAILED'],
  ['a document that is nested very deeply', operation(`{ ${'a { '.repeat(20_000)}`), 'GRAPHQL_PARSE_FAILED'],
])('%s is refused', async (_, body, code) => {
  await expectRefused(body, code)
})

test.each([
  ['another content type', { 'content-type': 'text/plain' }],
  ['a type that only begins like JSON', { 'content-type': 'application/jsonx' }],
  ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
  ['a compressed body', { 'content-encoding': 'gzip' }],
])('%s is refused', async (_, headers) => {
  await expectRefused(operation('{ __typename }'), 'BAD_REQUEST', 415, headers)
})

test.each(['PUT', 'DELETE', 'PATCH'])('%s is refused, and told what is allowed', async (method) => {
  const response = await fetch(`${graph.origin}/graphql`, { method, headers: { 'content-type': 'application/json' } })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
})

test('a wrong token is told in the type that the client prefers', async () => {
  const accept = 'application/graphql-response+json, application/json;q=0.9'
  const response = await fetch(`${graph.origin}/graphql`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', authorization: 'Bearer wrong' },
    body: '{"query":"{ __typename }"}',
  })
  expect(response.headers.get('content-type')).toContain('application/graphql-response+json')
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

test('a query by GET is answered, whatever its content type says of the body that it does not have', async () => {
  const response = await fetch(`${graph.origin}/graphql?query=${encodeURIComponent('{ __typename }')}`, {
    headers: { 'content-type': 'application/json' },
  })
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
})

test('a persisted query whose hash is wrong is refused', async () => {
  const body = JSON.stringify({
    query: '{ __typename }',
    extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } },
  })
  await expectRefused(body, 'BAD_REQUEST')
})

test('a body of 10 MB is refused, and the client gets to read why', async () => {
  await expectRefused(operation('{ __typename }', { text: 'x'.repeat(10_000_000) }), 'PAYLOAD_TOO_LARGE', 413)
})

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
  await expectRefused(operation(LIST, variables), 'BAD_USER_INPUT')
})

test('the largest first costs too much', async () => {
  await expectRefused(operation(LIST, { first: 2_147_483_647 }), 'COST_LIMIT_EXCEEDED')
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
  await expectRefused(operation(query, { after: forged(`${field} ASC`, key) }), 'BAD_USER_INPUT')
})

test.each([
  ['DUE_AT', '2026-02-31 00:00:00+00'],
  ['PRIORITY', 'HIGHEST'],
])('a forged cursor of todos by %s with the key %j is refused', async (field, key) => {
  const query = `query ($after: String) { viewer { id todos(after: $after, orderBy: { field: ${field}, direction: ASC }) { nodes { id } } } }`
  await expectRefused(operation(query, { after: forged(`${field} ASC`, key) }), 'BAD_USER_INPUT')
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
  await expectRefused(operation(CREATE, { input }), 'BAD_USER_INPUT')
})

test('bad values are refused in the document too, not in variables alone', async () => {
  await expectRefused(
    operation('mutation { createTodo(input: { title: "x", dueAt: "tomorrow" }) { __typename } }'),
    'BAD_USER_INPUT',
  )
  await expectRefused(
    operation(String.raw`mutation { createTodo(input: { title: "a\u0000b" }) { __typename } }`),
    'BAD_USER_INPUT',
  )
  await expectRefused(
    operation('mutation { signIn(input: { email: "no address", password: "x" }) { __typename } }'),
    'BAD_USER_INPUT',
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
  const { status, text } = await post(
    operation(
      'query ($id: ID!) { todo(id: $id) { id } user(id: $id) { username } product(id: $id) { id } node(id: $id) { id } }',
      { id },
    ),
  )
  expect({ status, data: JSON.parse(text).data }).toEqual({
    status: 200,
    data: { todo: null, user: null, product: null, node: null },
  })
  const deleted = await post(operation('mutation ($id: ID!) { deleteTodo(input: { id: $id }) { __typename } }', { id }))
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

test.each([
  ['no scheme', 'abc'],
  ['another scheme', 'Basic YTpi'],
  ['no token', 'Bearer'],
  ['garbage', 'Bearer garbage'],
  [
    'a token without signature',
    `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`,
  ],
  ['a very long token', `Bearer ${'x'.repeat(8_000)}`],
])('an Authorization header with %s is refused', async (_, authorization) => {
  await expectRefused(operation('{ viewer { id } }'), 'UNAUTHENTICATED', 401, { authorization })
})

test('none of all this changed a row', async () => {
  const now = await rows()
  expect({
    ...now,
    accounts: now.accounts.slice(0, 3),
    todos: now.todos.filter(({ title }) => title !== 'Done'),
  }).toEqual(before)
})
