import { afterAll, beforeAll, expect, test } from 'vitest'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import type { Person } from '../support/people.ts'
import { place, stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const resources = new AsyncDisposableStack()
let graph: TestGraph
let buyer: Person
beforeAll(async () => {
  graph = resources.use(await startGraph({ environment: SHARED_KEYS }))
  buyer = await graph.person()
  await place(buyer, [{ productId: await stockedProduct(await graph.administrator(), 1) }])
})
afterAll(() => resources.disposeAsync())

const QUERY = '{ viewer { username orders { nodes { status lines { product { name } } } } } }'

/** How late each subgraph is, in ms: in time for itself, and all of them too late together. */
const LATE = { users: 2_200, orders: 4_400, products: 2_200 }

test('subgraphs that are in time, and too late one after the other, leave a client with what is there after 10 s', async () => {
  const instead: Record<string, number> = {}
  const delays: (() => void)[] = []
  for (const [name, duration] of Object.entries(LATE)) {
    const proxy = resources.use(await startTcpProxy(graph.subgraphPorts[name] ?? 0))
    delays.push(() => proxy.delay(duration))
    instead[name] = proxy.port
  }
  const url = await startGatewayOver(graph, { instead }, resources)
  // The gateway and subgraphs know the operation from here on; nobody has asked for keys yet.
  await clientOf(url).send(QUERY)
  await buyer.data(QUERY)
  for (const delay of delays) delay()
  const begin = performance.now()
  // Users has the keys of tokens, and knows the viewer; orders knows her orders, and products what they are called.
  const { data, errors } = await clientOf(url, { authorization: `Bearer ${buyer.accessToken}` }).send(QUERY)
  const duration = performance.now() - begin
  expect(data.viewer.username).toBe(buyer.username)
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['TIMEOUT'])
  expect(duration).toBeGreaterThan(9_000)
  expect(duration).toBeLessThan(11_500)
})
