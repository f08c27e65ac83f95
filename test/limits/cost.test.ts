import { afterAll, beforeAll, expect, test } from 'vitest'
import { costOf } from '../support/counters.ts'
import { cpuOf } from '../support/cpu.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { clientOf } from '../support/graph-client.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
})
afterAll(() => graph[Symbol.asyncDispose]())

interface Priced {
  status: number
  cost: { requested: number; limit: number } | undefined
}

/** What an operation costs, as the gateway says when it is asked to. */
async function priceOf(query: string, variables: Record<string, unknown> = {}): Promise<Priced> {
  const response = await fetch(`${graph.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-cost': '1' },
    body: JSON.stringify({ query, variables }),
  })
  const { extensions } = await response.json()
  return { status: response.status, cost: extensions?.cost }
}

const PRODUCTS = 'query ($first: Int = 5) { products(first: $first) { nodes { id } } }'
const NODES = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
const product = (at: number) => `product_0000000000000000000000000${at}`

test.each<[string, string, Record<string, unknown>, number]>([
  ['an object costs 1, and leaves nothing', '{ product(id: "product_x") { id name } }', {}, 1],
  ['a list costs as often as is asked for', '{ products(first: 7) { nodes { id } } }', {}, 8],
  ['a variable says how often', PRODUCTS, { first: 50 }, 51],
  ['its default does, where it is not sent', PRODUCTS, {}, 6],
  ['a list of lists costs both', '{ viewer { todos(first: 3) { nodes { owner { id } } } } }', {}, 1 + 1 + 3 * 2],
  ['a list that says nothing costs what the schema assumes', '{ viewer { sessions { id } } }', {}, 1 + 10],
  ['a field may cost more', '{ products(first: 1) { totalCount } }', {}, 1 + 5],
  ['objects by their ids cost as many', NODES, { ids: [product(1), product(2)] }, 2],
  ['what is skipped costs nothing', '{ products(first: 9) @skip(if: true) { nodes { id } } __typename }', {}, 0],
  [
    'also when a variable says so',
    'query ($s: Boolean!) { products(first: 9) @include(if: $s) { nodes { id } } __typename }',
    { s: false },
    0,
  ],
  [
    'a fragment costs wherever it is spread',
    '{ a: products(first: 2) { ...A } b: products(first: 3) { ...A } } fragment A on ProductConnection { nodes { id } }',
    {},
    1 + 2 + 1 + 3,
  ],
  ['a mutation costs 10, and what it does', 'mutation { clearCompletedTodos { __typename } }', {}, 10 + 10],
])('%s', async (_, query, variables, requested) => {
  // Once through Apollo Server, and once compiled.
  for (const _way of ['admitted', 'run'])
    expect(await priceOf(query, variables)).toMatchObject({ status: 200, cost: { requested, limit: 1_000 } })
})

test('what costs too much is refused before anything is fetched, and told what it costs', async () => {
  const query =
    'query ($first: Int!) { viewer { todos(first: $first) { nodes { owner { todos(first: 100) { nodes { id } } } } } } }'
  await graph.anonymous.data(query, { first: 1 })
  for (const ask of [query, `${query} #`]) {
    const { fetches } = await costOf(async () => {
      const { status, errors, headers } = await graph.anonymous.send(ask, { first: 10 })
      expect(status).toBe(400)
      expect(headers.get('ratelimit')).toMatch(/^"points";r=\d+;t=\d+$/)
      expect(errors).toMatchObject([
        {
          message: expect.stringMatching(/may cost 1\d{3} points, and at most 1000/),
          extensions: { code: 'COST_LIMIT_EXCEEDED' },
        },
      ])
    })
    expect(fetches).toBe(0)
    expect(await cpuOf(10, () => graph.anonymous.send(ask, { first: 10 }))).toBeLessThan(50)
  }
})

test('what asks for the schema too costs what it asks for besides', async () => {
  const query = 'query ($first: Int!) { __schema { queryType { name } } products(first: $first) { nodes { id } } }'
  expect(await priceOf(query, { first: 7 })).toMatchObject({ status: 200, cost: { requested: 8 } })
  const byDefault = query.replace('Int!', 'Int = 2000')
  for (const answer of [await graph.anonymous.send(query, { first: 2_000 }), await graph.anonymous.send(byDefault)]) {
    expect(answer.status).toBe(400)
    expect(answer.errors).toMatchObject([{ extensions: { code: 'COST_LIMIT_EXCEEDED' } }])
  }
})

test('the limit is a setting', async () => {
  await using other = await startGraph({ environment: { MAX_COST: '10' } })
  const client = clientOf(`${other.origin}/graphql`)
  expect((await client.send('{ products(first: 9) { nodes { id } } }')).status).toBe(200)
  expect((await client.send('{ products(first: 10) { nodes { id } } }')).status).toBe(400)
})
