import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { limitSettings } from '../../gateway/limits/limit-settings.ts'
import { readSettings } from '../../platform/process/settings.ts'
import { BOTTOMLESS } from '../support/bottomless.ts'
import { startGateway } from '../../gateway/index.ts'
import { readSupergraph } from '../../gateway/supergraph/supergraph.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import type { Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

const KEY = 'a passport key that is long enough for all'
let graph: TestGraph
let someone: Person

beforeAll(async () => {
  const environment = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, KEY]))
  graph = await startGraph({ environment, hasDemoData: true })
  someone = await graph.person()
})
afterAll(() => graph[Symbol.asyncDispose]())

/** A client of a gateway whose todos subgraph is something else. */
async function withTodos(
  todos: RequestListener | 'dead',
  test: (client: GraphClient) => Promise<void>,
  key = KEY,
): Promise<void> {
  await using resources = new AsyncDisposableStack()
  const fake = createServer(todos === 'dead' ? undefined : todos).listen(0, '127.0.0.1')
  await once(fake, 'listening')
  const address = fake.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  if (todos === 'dead') fake.close()
  resources.defer(() => void fake.closeAllConnections())
  resources.defer(() => void fake.close())
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    drainSeconds: 0,
    mode: 'development',
    trustedProxies: 0,
    corsOrigins: [],
    jwksUrl: undefined,
    explorers: [],
    cache: null,
    usageDatabaseUrl: undefined,
    usageSample: 0,
    persistedOperations: 'apq',
    operationsManifest: '',
    limits: readSettings(limitSettings, BOTTOMLESS),
    supergraph: readSupergraph(await readFile('schema/supergraph.graphql', 'utf8'), 'the supergraph'),
    subgraphs: subgraphs.map(({ name }) => ({
      name,
      url: `http://127.0.0.1:${name === 'todos' ? port : graph.subgraphPorts[name]}/graphql`,
      passportKeys: [name === 'users' ? KEY : key] as [string],
    })),
  })
  resources.use(gateway)
  await test(clientOf(`http://127.0.0.1:${gateway.port}/graphql`, { authorization: `Bearer ${someone.accessToken}` }))
}

const QUERY = '{ viewer { username todos { nodes { id } } } products(first: 1) { nodes { name } } }'

const text =
  (status: number, body: string, type = 'application/json'): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }
const huge: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const chunk = 'x'.repeat(1_000_000)
  const write = (left: number): void =>
    void (left > 0 && !response.destroyed && response.write(chunk, () => write(left - 1)))
  write(60)
}

test.each<[string, RequestListener | 'dead', string]>([
  ['is dead', 'dead', 'UNAVAILABLE'],
  ['is silent', () => undefined, 'TIMEOUT'],
  [
    'drips',
    (_, response) => void (response.writeHead(200), setInterval(() => response.write(' '), 100).unref()),
    'TIMEOUT',
  ],
  ['cuts the connection', (request) => void request.socket.destroy(), 'UNAVAILABLE'],
  ['answers HTML', text(200, '<h1>Gateway http://10.0.0.1/secret</h1>', 'text/html'), 'UNAVAILABLE'],
  ['answers half a JSON', text(200, '{"data": {"_entities": ['), 'UNAVAILABLE'],
  ['answers another JSON', text(200, '[1, 2, 3]'), 'UNAVAILABLE'],
  ['answers 500 with a stack', text(500, '{"errors":[{"message":"at secret.ts:1"}]}'), 'UNAVAILABLE'],
  ['answers 60 MB', huge, 'UNAVAILABLE'],
  [
    'tells what nobody may know',
    text(
      200,
      '{"data":null,"errors":[{"message":"select secret from http://10.0.0.1","extensions":{"stacktrace":["secret"]}}]}',
    ),
    'INTERNAL_SERVER_ERROR',
  ],
])('while a subgraph %s, the other parts of the answer arrive, and nothing internal does', async (_, todos, code) => {
  await withTodos(todos, async (client) => {
    const { status, data, errors } = await client.send(QUERY)
    expect({ status, data }).toEqual({
      status: 200,
      data: { viewer: { username: someone.username, todos: null }, products: { nodes: [{ name: 'Amber desk lamp' }] } },
    })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual([code])
    expect(JSON.stringify(errors)).not.toMatch(/secret|http:|127\.0\.0\.1|stack|10\.0/)
  })
})

test('a gateway whose passports a subgraph refuses tells no client to sign in', async () => {
  const refusing = text(
    401,
    '{"errors":[{"message":"there is no valid passport","extensions":{"code":"UNAUTHENTICATED"}}]}',
  )
  await withTodos(refusing, async (client) => {
    expect((await client.send(QUERY)).errors).toMatchObject([{ extensions: { code: 'UNAVAILABLE' } }])
  })
})

test('an object that cannot be looked for is an error, and not absent', async () => {
  const id = 'todo_00000000000000000000000000'
  await withTodos('dead', async (client) => {
    const { data, errors } = await client.send(
      `{ node(id: "${id}") { id } nodes(ids: ["${id}", "${someone.id}"]) { id } }`,
    )
    expect(data).toEqual({ node: null, nodes: [null, { id: someone.id }] })
    expect(errors.map(({ path }) => path)).toEqual([['node'], ['nodes', 0]])
  })
  const failing = text(
    200,
    JSON.stringify({
      data: { _entities: [null] },
      errors: [{ message: 'The table is gone', path: ['_entities', 0], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    }),
  )
  await withTodos(failing, async (client) => {
    expect(await client.send(`{ node(id: "${id}") { id } }`)).toMatchObject({
      data: { node: null },
      errors: [{ path: ['node'] }],
    })
  })
})

test('a value of the wrong type is null, and shown to nobody', async () => {
  const wrong = text(200, JSON.stringify({ data: { _entities: [{ todos: { nodes: [{ id: { secret: 1 } }] } }] } }))
  await withTodos(wrong, async (client) => {
    const { data } = await client.send(QUERY)
    expect(data.viewer.todos).toBeNull()
  })
})

test('an operation that nests too deeply is refused before it runs, however it is written', async () => {
  const nested = (depth: number): string =>
    depth === 0 ? 'id' : `owner { todos(first: 100) { nodes { ${nested(depth - 1)} } } }`
  for (const query of [
    `{ viewer { todos { nodes { ${nested(3)} } } } }`,
    `{ viewer { ...A } } fragment A on User { todos { nodes { owner { ...B } } } } fragment B on User { todos { nodes { owner { todos { nodes { owner { username } } } } } } }`,
  ]) {
    const { status, errors } = await someone.send(query)
    expect(status).toBe(400)
    expect(errors[0]?.message).toMatch(/\d+ levels of fields, and at most 10 are allowed/)
  }
  expect(
    (await someone.send('{ viewer { ...A } } fragment A on User { todos { nodes { owner { ...A } } } }')).status,
  ).toBe(400)
})
