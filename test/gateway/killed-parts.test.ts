import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startChild, type Child } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { newFolder } from '../support/folder.ts'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import { releasedAfterEach } from '../support/resources.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph({ environment: SHARED_KEYS, hasDemoData: true })
})
afterAll(() => graph[Symbol.asyncDispose]())

const resources = releasedAfterEach()

/** One more process of a subgraph of the graph's. @param port where it listens; 0 picks a free one */
async function startPart(name: 'users' | 'todos', port = 0): Promise<{ child: Child; port: number }> {
  const settings = { DATABASE_URL: graph.database.url, DATA_DIR: graph.dataDir, DRAIN_SECONDS: '0' }
  const environment = { ...SHARED_KEYS, ...settings, [`${name.toUpperCase()}_PORT`]: String(port) }
  const child = resources.use(startChild(['subgraphs/main.ts', name], environment))
  return { child, port: Number(await child.says(/listens on http:\/\/[\d.]+:(\d+)/)) }
}

const QUERY = '{ viewer { username todos { totalCount } } products(first: 1) { nodes { name } } }'
const PRODUCTS = { nodes: [{ name: 'Amber desk lamp' }] }

/** 5 s for a part that is back to be used, and the rest for a busy machine, in ms. */
const WITHIN = 9_000

/** How many answers in a row have the other parts alone, and why. */
const CALLS = 3

test('while the process of a subgraph is stopped or killed, the other parts arrive, and its own when it is back', async () => {
  const { child, port } = await startPart('todos')
  const someone = await graph.person()
  const url = await startGatewayOver(graph, { instead: { todos: port } }, resources)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  const whole = { viewer: { username: someone.username, todos: { totalCount: 0 } }, products: PRODUCTS }
  const rest = { ...whole, viewer: { ...whole.viewer, todos: null } }
  expect(await client.data(QUERY)).toEqual(whole)
  child.process.kill('SIGSTOP')
  for (let call = 0; call < CALLS; call++)
    expect(await client.send(QUERY)).toMatchObject({ data: rest, errors: [{ extensions: { code: 'TIMEOUT' } }] })
  child.process.kill('SIGCONT')
  await eventually(async () => expect(await client.data(QUERY)).toEqual(whole), WITHIN)
  await child.end('SIGKILL')
  for (let call = 0; call < CALLS; call++)
    expect(await client.send(QUERY)).toMatchObject({ data: rest, errors: [{ extensions: { code: 'UNAVAILABLE' } }] })
  await startPart('todos', port)
  await eventually(async () => expect(await client.data(QUERY)).toEqual(whole), WITHIN)
}, 60_000)

test('so they do while its connections are cut, or slower than it may be', async () => {
  const proxy = resources.use(await startTcpProxy(graph.subgraphPorts.todos ?? 0))
  const someone = await graph.person()
  const url = await startGatewayOver(graph, { instead: { todos: proxy.port } }, resources)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  await client.data(QUERY)
  proxy.delay(3_500)
  expect(await client.send(QUERY)).toMatchObject({
    data: { viewer: { username: someone.username, todos: null }, products: PRODUCTS },
    errors: [{ extensions: { code: 'TIMEOUT' } }],
  })
  proxy.delay(0)
  await client.data(QUERY)
  proxy.cut()
  expect((await client.data(QUERY)).viewer.todos).toEqual({ totalCount: 0 })
}, 30_000)

test('while the process that issues tokens is stopped, new ones are believed all the same', async () => {
  const { child, port } = await startPart('users')
  const url = await startGatewayOver(graph, { instead: { users: port } }, resources)
  const [one, other] = [await graph.person(), await graph.person()]
  const as = ({ accessToken }: { accessToken: string }) => clientOf(url, { authorization: `Bearer ${accessToken}` })
  const query = '{ products(first: 1) { nodes { name } } }'
  // From here on the keys are known.
  await as(one).data(query)
  child.process.kill('SIGSTOP')
  expect(await as(other).data(query)).toEqual({ products: PRODUCTS })
  child.process.kill('SIGCONT')
})

test('nobody waits twice for keys that cannot be read, and they are read once they can', async () => {
  const { child, port } = await startPart('users')
  const url = await startGatewayOver(graph, { instead: { users: port } }, resources)
  const client = clientOf(url, { authorization: `Bearer ${(await graph.person()).accessToken}` })
  const query = '{ products(first: 1) { nodes { name } } }'
  child.process.kill('SIGSTOP')
  const first = client.send(query)
  expect(await first).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE', retryAfter: 1 } }] })
  const waiting = Array.from({ length: 50 }, () => client.send(query))
  // Were they asked for again, the answers would take 3 s, and be there after this one.
  child.process.kill('SIGCONT')
  for (const { status } of await Promise.all(waiting)) expect(status).toBe(503)
  await eventually(async () => expect(await client.data(query)).toEqual({ products: PRODUCTS }))
}, 30_000)

test('a gateway that starts again while the process that issues tokens is dead believes tokens all the same', async () => {
  const { child, port } = await startPart('users')
  const over = { instead: { users: port }, dataDir: await newFolder(resources) }
  const authorization = `Bearer ${(await graph.person()).accessToken}`
  const query = '{ products(first: 1) { nodes { name } } }'
  await clientOf(await startGatewayOver(graph, over, resources), { authorization }).data(query)
  await eventually(() => stat(join(over.dataDir, 'last-jwks.txt')))
  await child.end('SIGKILL')
  const again = clientOf(await startGatewayOver(graph, over, resources), { authorization })
  expect(await again.data(query)).toEqual({ products: PRODUCTS })
})
