import type { RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import type { Person } from '../support/people.ts'
import { persistedQueryOf } from '../support/persisted-query.ts'
import { releasedAfterEach } from '../support/resources.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person
beforeAll(async () => {
  graph = await startGraph({ environment: SHARED_KEYS })
  someone = await graph.person()
})
afterAll(() => graph[Symbol.asyncDispose]())

const resources = releasedAfterEach()

const QUERY = 'query ($first: Int) { viewer { todos(first: $first) { totalCount } } }'
const TODOS = JSON.stringify({ data: { _entities: [{ todos: { totalCount: 7 } }] } })
/** Asks users alone. */
const WELL = '{ viewer { username } }'
const MUTATION = 'mutation { updateProfile(input: { displayName: "Somebody" }) { __typename } }'

/** A gateway whose todos answer when they are let. */
async function withSlowTodos(environment: NodeJS.ProcessEnv) {
  const waiting: (() => void)[] = []
  const todos: RequestListener = (_, response) =>
    void waiting.push(() => {
      response.setHeader('content-type', 'application/json')
      response.end(TODOS)
    })
  const url = await startGatewayOver(graph, { instead: { todos }, environment }, resources)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  return { url, client, waiting, answerAll: () => waiting.splice(0).forEach((answer) => answer()) }
}

/** Sends a document by its hash alone, or registers it; gives the status. */
async function sendHashOf(document: string, url: string, isRegistering = false): Promise<number> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${someone.accessToken}` }
  const body = JSON.stringify({ ...(isRegistering && { query: document }), extensions: persistedQueryOf(document) })
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

/** A gateway whose todos come to be late, and who asks it; how long they take when nothing waits it knows by then. */
async function withLateTodos(latency: number) {
  let pause = 0
  const todos: RequestListener = async (_, response) => {
    // Not all at the same moment, which could be between two looks each time.
    await sleep(pause * (0.75 + Math.random() / 2))
    response.setHeader('content-type', 'application/json').end(TODOS)
  }
  const url = await startGatewayOver(graph, { instead: { todos } }, resources)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  for (let first = 1; first <= 20; first++) await Promise.all([client.data(QUERY, { first }), client.data(WELL)])
  pause = latency
  return client
}

test('a subgraph that is slow, but in time, keeps nobody from the others', async () => {
  const client = await withLateTodos(2_000)
  const slow: Promise<unknown>[] = []
  const statuses: number[] = []
  // No two are equal: those would share a call.
  for (let count = 0; count < 80; count++) {
    for (const more of [1, 2, 3]) slow.push(client.send(QUERY, { first: 3 * count + more }))
    statuses.push((await client.send(WELL)).status)
    await sleep(30)
  }
  expect(statuses.filter((status) => status !== 200)).toEqual([])
  await Promise.all(slow)
})

test('what asks one that is slow is refused where the gateway is busy, and nothing else is', async () => {
  const client = await withLateTodos(500)
  const statuses = { slow: [] as number[], well: [] as number[] }
  const under = new Set<Promise<void>>()
  const ask = async (count: number) => void statuses.slow.push((await client.send(QUERY, { first: count })).status)
  let first = 0
  await eventually(async () => {
    for (const end = performance.now() + 20; performance.now() < end;);
    while (under.size < 150) {
      const one = ask((first++ % 100) + 1).finally(() => under.delete(one))
      under.add(one)
    }
    statuses.well.push((await client.send(WELL)).status)
    expect(statuses.slow.filter((status) => status === 503).length).toBeGreaterThan(20)
  }, 20_000)
  expect(statuses.well.filter((status) => status !== 200)).toEqual([])
  await Promise.all(under)
})

test('queries are refused while the event loop is late, and not for one hiccup', async () => {
  const query = '{ viewer { username } }'
  const block = (duration: number) => {
    for (const end = performance.now() + duration; performance.now() < end;);
  }
  const url = await startGatewayOver(graph, { instead: {}, environment: { MAX_LOOP_DELAY_MS: '150' } }, resources)
  const client = clientOf(url)
  await client.data(query)
  await eventually(async () => {
    await sleep(300)
    block(400)
    await client.data(query)
  })
  const stopping = new AbortController()
  const keepBusy = async () => {
    while (!stopping.signal.aborted) {
      block(300)
      await sleep(0)
    }
  }
  const busy = keepBusy()
  await eventually(async () => expect((await client.send(query)).status).toBe(503))
  stopping.abort()
  await busy
  await eventually(async () => expect((await client.send(query)).status).toBe(200), 5_000)
})
