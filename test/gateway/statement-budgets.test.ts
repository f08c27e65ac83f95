import type { RequestListener } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../platform/ids.ts'
import { createPassportOffice, PASSPORT_HEADER } from '../../platform/identity/passport.ts'
import { costOf } from '../support/counters.ts'
import { clientOf } from '../support/graph-client.ts'
import { startGatewayOver } from '../support/ill-subgraphs.ts'
import type { Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

const KEY = 'a passport key that is long enough for all'
let graph: TestGraph
let someone: Person
let admin: Person

beforeAll(async () => {
  graph = await startGraph({
    hasDemoData: true,
    environment: { RESPONSE_CACHE: 'off', TODOS_PASSPORT_KEYS: KEY, USERS_PASSPORT_KEYS: KEY },
  })
  someone = await graph.person()
  admin = await graph.administrator()
  await graph.database.sql(`insert into users.accounts (id, username, display_name, email, password_hash)
    select gen_random_uuid(), 'crowd_' || n, 'Crowd', 'crowd' || n || '@example.com', '' from generate_series(1, 20) n`)
  await graph.database.sql(`insert into todos.todos (id, owner_id, title, priority)
    select gen_random_uuid(), a.id, 'Todo ' || n, 'NORMAL' from users.accounts a, generate_series(1, 60) n`)
})
afterAll(() => graph[Symbol.asyncDispose]())

/** Statements and fetches of an operation with a small and a ten times larger list. */
async function costs(client: Person, query: string, small: Record<string, unknown>, large: Record<string, unknown>) {
  return [await costOf(() => client.data(query, small)), await costOf(() => client.data(query, large))] as const
}

test('a page of 50 todos with their owners costs what a page of 5 costs: 3 statements, 3 fetches', async () => {
  const query = 'query ($first: Int) { viewer { todos(first: $first) { nodes { title owner { username } } } } }'
  const [small, large] = await costs(someone, query, { first: 5 }, { first: 50 })
  expect(large).toMatchObject({ statements: 3, fetches: 3 })
  expect(small).toMatchObject({ statements: 3, fetches: 3 })
})

test('20 users with 10 todos each cost what 2 users cost: 2 statements, 2 fetches', async () => {
  const query =
    'query ($first: Int) { users(first: $first) { nodes { username todos(first: 10) { nodes { title } } } } }'
  const [small, large] = await costs(admin, query, { first: 2 }, { first: 20 })
  expect(
    (await admin.data(query, { first: 20 })).users.nodes.flatMap(
      ({ todos }: { todos: { nodes: unknown[] } }) => todos.nodes,
    ),
  ).toHaveLength(200)
  expect(large).toMatchObject({ statements: 2, fetches: 2 })
  expect(small).toMatchObject({ statements: 2, fetches: 2 })
})

test('counts and total counts of 20 users are one statement each, and none when they are not asked for', async () => {
  const query =
    'query ($first: Int) { users(first: $first) { nodes { todoCounts { open } todos(first: 1, filter: { isCompleted: false }) { totalCount } } } }'
  const [small, large] = await costs(admin, query, { first: 2 }, { first: 20 })
  expect(large.statements).toBe(4)
  expect(small.statements).toBe(4)
})

test('nodes of 60 mixed ids cost what 6 cost: each subgraph is asked whether they exist, and for their fields', async () => {
  const { viewer, products } = await someone.data(
    '{ viewer { todos(first: 20) { nodes { id } } } products(first: 20) { nodes { id } } }',
  )
  const { users } = await admin.data('{ users(first: 20) { nodes { id } } }')
  const mixed = viewer.todos.nodes.flatMap((_: unknown, index: number) => [
    viewer.todos.nodes[index].id,
    products.nodes[index].id,
    users.nodes[index].id,
  ])
  const query =
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Todo { title } ... on Product { sku } ... on User { username } } }'
  const [small, large] = await costs(someone, query, { ids: mixed.slice(0, 6) }, { ids: mixed })
  expect(mixed).toHaveLength(60)
  expect(large).toMatchObject({ statements: 6, fetches: 6 })
  expect(small).toMatchObject({ statements: 6, fetches: 6 })
})

test('an entity that is asked for many times in one fetch is loaded once', async () => {
  const passport = await createPassportOffice('users', [KEY])({
    userId: someone.id,
    role: 'CUSTOMER',
    sessionId: 'session_00000000000000000000000000',
  })
  const subgraph = clientOf(`http://127.0.0.1:${graph.subgraphPorts.users}/graphql`, { [PASSPORT_HEADER]: passport })
  const representations = Array.from({ length: 50 }, () => ({ __typename: 'User', id: someone.id }))
  const cost = await costOf(() =>
    subgraph.data('query ($r: [_Any!]!) { _entities(representations: $r) { ... on User { username } } }', {
      r: representations,
    }),
  )
  expect(cost.each.map(({ rows }) => rows)).toEqual([1])
})

test('each order of a list is read from an index, however long the list is', async () => {
  await graph.database.sql(
    `insert into todos.todos (id, owner_id, title, priority, due_at)
    select gen_random_uuid(), $1, 'Many', 'LOW', now() + n * interval '1 h' from generate_series(1, 20000) n`,
    [uuidOf(admin.id)],
  )
  await graph.database.sql('analyze todos.todos')
  for (const expression of [
    'created_at',
    'priority',
    `coalesce(due_at, timestamptz 'infinity')`,
    `coalesce(due_at, timestamptz '-infinity')`,
  ]) {
    const plan = await graph.database.sql(
      `explain select * from todos.todos where owner_id = $1 order by ${expression} desc, id desc limit 21`,
      [uuidOf(admin.id)],
    )
    expect(JSON.stringify(plan)).toContain('Index Scan Backward')
    expect(JSON.stringify(plan)).not.toContain('Sort')
  }
})

test('an entity that several objects lead to is asked for once in a fetch', async () => {
  const asked: unknown[][] = []
  const users: RequestListener = async (request, response) => {
    // The list of ended sessions is read by itself.
    if (request.method === 'POST') asked.push(JSON.parse(await text(request)).variables.representations)
    response.setHeader('content-type', 'application/json')
    response.end('{"data":{"_entities":[{"username":"somebody"}]}}')
  }
  await using resources = new AsyncDisposableStack()
  const jwksUrl = `http://127.0.0.1:${graph.subgraphPorts.users}/.well-known/jwks.json`
  const url = await startGatewayOver(graph, { instead: { users }, jwksUrl }, resources)
  const { viewer } = await someone.data('{ viewer { todos(first: 5) { nodes { id } } } }')
  const ids = viewer.todos.nodes.map(({ id }: { id: string }) => id)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  const { nodes } = await client.data(
    'query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Todo { owner { username } } } }',
    {
      ids,
    },
  )
  expect(nodes).toEqual(ids.map(() => ({ owner: { username: 'somebody' } })))
  expect(asked).toEqual([[{ __typename: 'User', id: someone.id }]])
})
