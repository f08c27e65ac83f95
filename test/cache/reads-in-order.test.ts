import type { RequestListener } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryCache } from '../../platform/cache/memory-cache.ts'
import { createRedisCache } from '../../platform/cache/redis-cache.ts'
import type { Cache } from '../../platform/cache/cache.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

const resources = new AsyncDisposableStack()
let graph: TestGraph
beforeAll(async () => {
  graph = resources.use(await startGraph({ environment: SHARED_KEYS }))
})
afterAll(() => resources.disposeAsync())

const ID = 'product_00000000000000000000000001'
const ONE = 'query ($id: ID!) { product(id: $id) { version } }'
const OTHER = 'query ($id: ID!) { product(id: $id) { version name } }'

async function openRedis(): Promise<Cache> {
  const cache = createRedisCache(resources.use(await startRedis()).url)
  await eventually(async () => expect(await cache.read([{ key: 'any', tag: 'any' }])).toHaveLength(1))
  return cache
}

test.each([
  ['memory', true, async () => createMemoryCache()],
  ['Redis', hasRedis, openRedis],
])('who saw a change is not served what was kept before, in %s', async (_, isHere, open) => {
  if (!isHere) return
  const cache = resources.use(await open())
  const state = { version: 1, waiting: [] as (() => void)[], isHolding: false }
  const products: RequestListener = (__, response) => {
    const answer = () => {
      const product = { __typename: 'Product', id: ID, version: state.version, name: 'Lamp' }
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: { product } }))
    }
    if (state.isHolding) state.waiting.push(answer)
    else answer()
  }
  const client = clientOf(await startGatewayOver(graph, { instead: { products }, cache }, resources))
  const versionOf = async (query: string): Promise<number> => (await client.data(query, { id: ID })).product.version
  // Kept as a whole, and in parts.
  for (let count = 0; count < 3; count++) expect(await versionOf(ONE)).toBe(1)
  // Another looks into the cache, finds nothing, and is on its way when somebody changes the product.
  state.isHolding = true
  const reading = versionOf(OTHER)
  await eventually(async () => expect(state.waiting).toHaveLength(1))
  await cache.suspend([`product:${ID}`])
  Object.assign(state, { version: 2, isHolding: false })
  state.waiting.forEach((answer) => answer())
  expect(await reading).toBe(2)
  expect(await versionOf(ONE)).toBe(2)
  await cache.invalidate([`product:${ID}`])
  expect(await versionOf(ONE)).toBe(2)
})
