import { createHash } from 'node:crypto'
import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import type { Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person
beforeAll(async () => {
  graph = await startGraph({ environment: SHARED_KEYS })
  someone = await graph.person()
})
afterAll(() => graph[Symbol.asyncDispose]())

let resources = new AsyncDisposableStack()
afterEach(async () => {
  await resources.disposeAsync()
  resources = new AsyncDisposableStack()
})

const QUERY = 'query ($first: Int) { viewer { todos(first: $first) { totalCount } } }'
const MUTATION = 'mutation { updateProfile(input: { displayName: "Somebody" }) { __typename } }'

/** A gateway whose todos answer when they are let. */
async function withSlowTodos(environment: NodeJS.ProcessEnv) {
  const waiting: (() => void)[] = []
  const todos: RequestListener = (_, response) =>
    void waiting.push(() => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ data: { _entities: [{ todos: { totalCount: 7 } }] } }))
    })
  const url = await startGatewayOver(graph, { instead: { todos }, environment }, resources)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  return { url, client, waiting, answerAll: () => waiting.splice(0).forEach((answer) => answer()) }
}

/** Sends a document by its hash alone, or registers it; gives the status. */
async function sendHashOf(document: string, url: string, isRegistering = false): Promise<number> {
  const sha256Hash = createHash('sha256').update(document).digest('hex')
  const extensions = { persistedQuery: { version: 1, sha256Hash } }
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${someone.accessToken}` }
  const body = JSON.stringify({ ...(isRegistering && { query: document }), extensions })
  return (await fetch(url, { method: 'POST', headers, body })).status
}

/** Fills a gateway that lets in four with so many requests. */
async function fill(count: number, waiting: unknown[], send: (index: number) => Promise<unknown>) {
  const under = Array.from({ length: count }, (_, index) => send(index))
  await eventually(async () => expect(waiting).toHaveLength(count))
  return under
}

test('queries beyond what can be done are refused, mutations later, and all is well afterwards', async () => {
  const { client, waiting, answerAll } = await withSlowTodos({ MAX_IN_FLIGHT: '4' })
  // Both are known from here on.
  await client.data(MUTATION)
  const first = client.data(QUERY, { first: 1 })
  await eventually(async () => expect(waiting).toHaveLength(1))
  answerAll()
  await first
  const under = await fill(5, waiting, (at) => client.data(QUERY, { first: at + 2 }))
  const refused = await client.send(QUERY, { first: 9 })
  expect(refused).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE', retryAfter: 1 } }] })
  expect(refused.headers.get('retry-after')).toBe('1')
  expect((await client.data(MUTATION)).updateProfile.__typename).toBe('UpdateProfileSuccess')
  expect(waiting).toHaveLength(5)
  answerAll()
  await Promise.all(under)
  const again = client.data(QUERY, { first: 9 })
  await eventually(async () => expect(waiting).toHaveLength(1))
  answerAll()
  expect((await again).viewer.todos).toEqual({ totalCount: 7 })
})

test('mutations are refused later also where they are sent by their hashes', async () => {
  const { url, client, waiting, answerAll } = await withSlowTodos({ MAX_IN_FLIGHT: '4' })
  const query = '{ viewer { username } }'
  for (const document of [MUTATION, query]) expect(await sendHashOf(document, url, true)).toBe(200)
  const under = await fill(5, waiting, (at) => client.data(QUERY, { first: at + 2 }))
  expect(await sendHashOf(query, url)).toBe(503)
  expect(await sendHashOf(MUTATION, url)).toBe(200)
  expect(await sendHashOf(`# comes first\n${MUTATION}`, url, true)).toBe(200)
  answerAll()
  await Promise.all(under)
})

test('mutations are refused, too, when there is four times too much to do', async () => {
  const { client, waiting, answerAll } = await withSlowTodos({ MAX_IN_FLIGHT: '4' })
  const slow = `mutation { updateProfile(input: { displayName: "Somebody" }) {
    ... on UpdateProfileSuccess { user { todos { totalCount } } } } }`
  const under = await fill(16, waiting, () => client.data(slow))
  expect(await client.send(MUTATION)).toMatchObject({ status: 503, errors: [{ extensions: { code: 'UNAVAILABLE' } }] })
  answerAll()
  await Promise.all(under)
  await client.data(MUTATION)
})

test('so are queries while the event loop is late, and not for one hiccup', async () => {
  const query = '{ viewer { username } }'
  const block = (duration: number) => {
    for (const end = performance.now() + duration; performance.now() < end;);
  }
  const url = await startGatewayOver(graph, { instead: {}, environment: { MAX_LOOP_DELAY_MS: '40' } }, resources)
  const client = clientOf(url)
  await client.data(query)
  await sleep(300)
  block(150)
  await client.data(query)
  const stopping = new AbortController()
  const keepBusy = async () => {
    while (!stopping.signal.aborted) {
      block(70)
      await sleep(0)
    }
  }
  const busy = keepBusy()
  await eventually(async () => expect((await client.send(query)).status).toBe(503))
  stopping.abort()
  await busy
  await eventually(async () => expect((await client.send(query)).status).toBe(200))
})
