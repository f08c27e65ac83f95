import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import type { Person } from '../support/people.ts'
import { persistedQueryOf } from '../support/persisted-query.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
  someone = await graph.person()
})
afterAll(() => graph[Symbol.asyncDispose]())

/** Anything in `extensions` makes a request one that Apollo Server answers. */
const THROUGH_APOLLO = { extensions: { anything: true } }

async function ask(body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${graph.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${someone.accessToken}`, ...headers },
    body: JSON.stringify(body),
  })
  const kept = ['content-type', 'cache-control', 'content-length', 'vary', 'www-authenticate']
  return {
    status: response.status,
    headers: kept.map((name) => response.headers.get(name)),
    hasRequestId: response.headers.has('x-request-id'),
    text: await response.text(),
  }
}

const requests: Record<string, object> = {
  'a query': {
    query: '{ viewer { username todos { nodes { title } } } products(first: 2) { nodes { name availableQuantity } } }',
  },
  'a query with variables': {
    query: 'query ($first: Int!) { products(first: $first) { nodes { sku } } }',
    variables: { first: 3 },
  },
  'a variable with a default': { query: 'query ($first: Int = 1) { products(first: $first) { nodes { sku } } }' },
  'a name among several': { query: 'query A { viewer { id } } query B { viewer { email } }', operationName: 'B' },
  'a condition that holds': {
    query: 'query ($is: Boolean!) { viewer { id @include(if: $is) email @skip(if: $is) } }',
    variables: { is: true },
  },
  'a condition that does not': {
    query: 'query ($is: Boolean!) { viewer { id @include(if: $is) email @skip(if: $is) } }',
    variables: { is: false },
  },
  'an object that is not there': {
    query: '{ product(id: "product_00000000000000000000000000") { name } node(id: "nothing") { id } }',
  },
  'what is refused': { query: '{ viewer { id } users { nodes { email } } }' },
  'an argument that breaks a rule': { query: '{ products(first: 200) { nodes { sku } } }' },
  'an operation that costs too much': { query: '{ products(first: 1000) { nodes { sku } } }' },
  'a variable of the wrong type': {
    query: 'query ($first: Int) { products(first: $first) { nodes { sku } } }',
    variables: { first: 'three' },
  },
  'a variable that is missing': { query: 'query ($id: ID!) { product(id: $id) { name } }', variables: {} },
  'a variable that nobody declared': {
    query: 'query ($id: ID!) { product(id: $id) { name } }',
    variables: { id: 'x', more: 1 },
  },
  'nulls where something may be left out': { query: '{ viewer { id } }', variables: null, operationName: null },
  'a mutation that is refused by its rules': {
    query:
      'mutation ($input: CreateTodoInput!) { createTodo(input: $input) { __typename ... on InvalidInput { fields { path message } } } }',
    variables: { input: { title: '' } },
  },
  'a scalar that is none': {
    query: 'query { user(id: "x") { todos(filter: { dueBefore: "yesterday" }) { totalCount } } }',
  },
  'an empty name': { query: 'query A { viewer { id } }', operationName: '' },
  'a condition that is null': {
    query: 'query ($is: Boolean = true) { viewer { id @include(if: $is) } }',
    variables: { is: null },
  },
  'the schema': { query: '{ __schema { queryType { name } } viewer { id } }' },
}

describe('an operation is answered the same, whether Apollo Server has it in hand or not', () => {
  test.each(Object.entries(requests))('%s', async (_, request) => {
    // How long an answer may be kept changes while somebody's change is told: asked in between, the three are not alike.
    await eventually(async () => {
      const first = await ask(request)
      const again = await ask(request)
      const throughApollo = await ask({ ...request, ...THROUGH_APOLLO })
      expect(again).toEqual(throughApollo)
      expect(first).toEqual(throughApollo)
    })
  })

  test.each([
    '*/*',
    'application/json',
    'application/graphql-response+json',
    'application/graphql-response+json,application/json;q=0.9',
    'application/graphql-response+json, application/json',
    'application/graphql-response+json, application/graphql+json, application/json, text/event-stream, multipart/mixed',
    'application/json, text/plain, */*',
    'application/json;q=0.5, application/graphql-response+json',
    'text/html',
  ])('to a client that accepts %s', async (accept) => {
    const request = { query: '{ viewer { username } }' }
    await eventually(async () => {
      await ask(request, { accept })
      expect(await ask(request, { accept })).toEqual(await ask({ ...request, ...THROUGH_APOLLO }, { accept }))
    })
  })
})

test.each(['viewer { username }', 'products(first: 2) { nodes { name } }'])(
  '{ %s } by its hash is answered as by its text',
  async (selection) => {
    const query = `query ByHash { ${selection} }`
    const extensions = persistedQueryOf(query)
    expect(await ask({ extensions })).toMatchObject({ text: expect.stringContaining('PERSISTED_QUERY_NOT_FOUND') })
    await eventually(async () => {
      const registering = await ask({ query, extensions })
      expect(await ask({ extensions })).toEqual(registering)
      expect(await ask({ extensions, variables: {}, operationName: 'ByHash' })).toEqual(registering)
    })
    const wrong = await ask({ extensions: { persistedQuery: { ...extensions.persistedQuery, version: 2 } } })
    expect(wrong.status).toBe(400)
  },
)

test.each([
  [9, 200],
  [60, 400],
])('fragments that are spread twice, over and over, at %s levels, are answered with %s', async (levels, expected) => {
  const fragments = Array.from(
    { length: levels },
    (_, level) => `fragment F${level} on User { ...F${level + 1} ...F${level + 1} }`,
  )
  const query = `{ viewer { ...F0 } } ${fragments.join(' ')} fragment F${levels} on User { username }`
  for (const _ of ['admitted', 'run']) {
    const { status, data } = await someone.send(query)
    expect(status).toBe(expected)
    if (status === 200) expect(data.viewer).toEqual({ username: someone.username })
  }
})

test('a variable may not have the name in which entities are told', async () => {
  const query = 'query ($representations: Int) { viewer { todos(first: $representations) { totalCount } } }'
  const { errors } = await someone.send(query, { representations: 3 })
  expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }])
})
