import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { subgraphs } from '../../schema/subgraphs.ts'
import { newFolder } from '../support/folder.ts'
import { startChild } from '../support/child.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

const KEY = 'a passport key that is long enough for all'
const READ = 'query ($id: ID!) { product(id: $id) { name } }'
const UPDATE = `mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { __typename } }`
const resources = new AsyncDisposableStack()
let graph: TestGraph
let proxy: TcpProxy
let slow: GraphClient

/** A second gateway, to which the products subgraph answers late. */
beforeAll(async () => {
  if (!hasRedis) return
  const folder = await newFolder(resources)
  const { url } = resources.use(await startRedis())
  const keys = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, KEY]))
  graph = resources.use(await startGraph({ environment: { ...keys, REDIS_URL: url } }))
  proxy = resources.use(await startTcpProxy(graph.subgraphPorts.products ?? 0))
  const ports = { ...graph.subgraphPorts, products: proxy.port }
  const addresses = Object.entries(ports).map(([name, port]) => [
    `${variablePrefix(name)}_URL`,
    `http://127.0.0.1:${port}/graphql`,
  ])
  const file = join(folder, 'supergraph.graphql')
  await writeFile(file, await readFile('schema/supergraph.graphql'))
  const environment = { ...keys, ...Object.fromEntries(addresses), SUPERGRAPH: file, DATA_DIR: folder }
  const gateway = resources.use(startChild(['gateway/main.ts'], { ...environment, REDIS_URL: url, PORT: '0' }))
  slow = clientOf(await gateway.says(/listens on (http:\S+)/))
})
afterAll(() => resources.disposeAsync())

test.runIf(hasRedis)('a reader that is slower than a writer leaves nothing of the past behind', async () => {
  const admin = await graph.administrator()
  for (let round = 0; round < 8; round++) {
    const id = await stockedProduct(admin, 0)
    proxy.delay(400)
    const reading = slow.data(READ, { id })
    await sleep(150)
    await admin.data(UPDATE, { input: { id, name: `new ${round}` } })
    // Who comes while the old answer is still under way must not get it, nor whoever comes after.
    const during = slow.data(`${READ} # another`, { id })
    await reading
    expect((await during).product.name).toBe(`new ${round}`)
    proxy.delay(0)
    expect((await slow.data(`${READ} # later`, { id })).product.name).toBe(`new ${round}`)
    expect((await graph.anonymous.data(READ, { id })).product.name).toBe(`new ${round}`)
  }
})
