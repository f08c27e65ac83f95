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
  return { client, waiting, answerAll: () => waiting.splice(0).forEach((answer) => answer()) }
}

test('queries beyond what can be done are refused, mutations later, and all is well afterwards', async () => {
  const { client, waiting, answerAll } = await withSlowTodos({ MAX_IN_FLIGHT: '4' })
  // Both are known from here on.
  await client.data(MUTATION)
  const first = client.data(QUERY, { first: 1 })
  await eventually(async () => expect(waiting).toHaveLength(1))
  answerAll()
  await first
  const under = Array.from({ length: 5 }, (_, at) => client.data(QUERY, { first: at + 2 }))
  await eventually(async () => expect(waiting).toHaveLength(5))
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
