import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMemoryCache } from '../../platform/cache/memory-cache.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import { answering, SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import type { Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person

beforeAll(async () => {
  graph = await startGraph({ environment: SHARED_KEYS, hasDemoData: true })
  someone = await graph.person()
})
afterAll(() => graph[Symbol.asyncDispose]())

/** Runs a test at a gateway whose todos subgraph is not what it should be. */
async function withTodos(
  todos: RequestListener | 'dead',
  test: (client: GraphClient) => Promise<void>,
  key?: string,
): Promise<void> {
  await using resources = new AsyncDisposableStack()
  const url = await startGatewayOver(graph, { instead: { todos }, ...(key && { key }) }, resources)
  await test(clientOf(url, { authorization: `Bearer ${someone.accessToken}` }))
}

const QUERY = '{ viewer { username todos { nodes { id } } } products(first: 1) { nodes { name } } }'

/** An answer that is right but for its 60 MB. */
const huge: RequestListener = (_, response) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  response.write('{"data":{"_entities":[{"todos":{"nodes":[]}}]},"extensions":{"more":"')
  const chunk = 'x'.repeat(1_000_000)
  const write = (left: number): void => {
    if (response.destroyed) return
    if (left === 0) response.end('"}}')
    else response.write(chunk, () => write(left - 1))
  }
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
  ['answers HTML', answering(200, '<h1>Gateway http://10.0.0.1/secret</h1>', 'text/html'), 'UNAVAILABLE'],
  ['answers half a JSON', answering(200, '{"data": {"_entities": ['), 'UNAVAILABLE'],
  ['answers another JSON', answering(200, '[1, 2, 3]'), 'UNAVAILABLE'],
  ['answers 500 with a stack', answering(500, '{"errors":[{"message":"at secret.ts:1"}]}'), 'UNAVAILABLE'],
  ['answers 60 MB', huge, 'UNAVAILABLE'],
  [
    'tells what nobody may know',
    answering(
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
  const refusing = answering(
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
  const failing = answering(
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

test('a value of the wrong type is null, shown to nobody, and kept by nobody', async () => {
  let asked = 0
  const wrong: RequestListener = (_, response) => {
    asked++
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify({ data: { _entities: [{ todos: { nodes: [{ id: { secret: 1 } }] } }] } }))
  }
  await using resources = new AsyncDisposableStack()
  const cache = resources.use(createMemoryCache())
  const url = await startGatewayOver(graph, { instead: { todos: wrong }, cache }, resources)
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${someone.accessToken}` }
  for (const count of [1, 2, 3]) {
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }) })
    const text = await answer.text()
    expect(text).not.toContain('secret')
    expect(JSON.parse(text).data.viewer).toEqual({ username: someone.username, todos: null })
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(asked).toBe(count)
    // What was loaded can be joined for a moment.
    await sleep(200)
  }
})

test('so is an object that the subgraph says is of another type', async () => {
  const wrong = answering(200, JSON.stringify({ data: { _entities: [{ todos: { __typename: 'User', nodes: [] } }] } }))
  await withTodos(wrong, async (client) => {
    const { data } = await client.send(QUERY)
    expect(data.viewer).toEqual({ username: someone.username, todos: null })
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
