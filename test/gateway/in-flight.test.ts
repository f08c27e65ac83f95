import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer, type IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeSmallWorld, names } from '../../bench/small/schema.ts'
import { connect } from '../../platform/postgres/prepare.ts'
import { newFolder } from '../support/folder.ts'
import { startChild } from '../support/child.ts'
import { costOf } from '../support/counters.ts'
import { eventually } from '../support/eventually.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph({ environment: { RESPONSE_CACHE: 'off' } })
})
afterAll(() => graph[Symbol.asyncDispose]())

/** Waits until so many requests have come to the gateway. */
async function arrival(count: number): Promise<void> {
  const port = Number(new URL(graph.origin).port)
  let arrived = 0
  const onRequest = (message: unknown) => {
    arrived += (message as { socket: Socket }).socket.localPort === port ? 1 : 0
  }
  subscribe('http.server.request.start', onRequest)
  await eventually(async () => expect(arrived).toBe(count)).finally(() =>
    unsubscribe('http.server.request.start', onRequest),
  )
}

/** Keeps every read of a table waiting while so many requests come, so that they are under way at once. */
async function whileReadsWait<Result>(table: string, count: number, work: () => Promise<Result>): Promise<Result> {
  const client = await connect(graph.database.url)
  await client.query(`begin; lock table ${table} in access exclusive mode`)
  const arrived = arrival(count)
  const result = work()
  await arrived
  // What came is looked at meanwhile.
  await sleep(200)
  await client.query('commit')
  await client.end()
  return result
}

const WHO = '{ viewer { username } }'

test('equal queries of one viewer that are under way at once are one fetch, and those of two viewers two', async () => {
  const [one, other] = [await graph.person(), await graph.person()]
  await one.data(WHO)
  let answers: { viewer: { username: string } }[] = []
  const { fetches } = await costOf(async () => {
    answers = await whileReadsWait('users.accounts', 15, () =>
      Promise.all([
        ...Array.from({ length: 10 }, () => one.data(WHO)),
        ...Array.from({ length: 5 }, () => other.data(WHO)),
      ]),
    )
  })
  expect(answers.map(({ viewer }) => viewer.username)).toEqual([
    ...Array.from({ length: 10 }, () => one.username),
    ...Array.from({ length: 5 }, () => other.username),
  ])
  expect(fetches).toBe(2)
})

test('a query that is sent after a write does not join one that began before it', async () => {
  const someone = await graph.person()
  const titles = '{ viewer { todos { nodes { title } } } }'
  await someone.data(titles)
  const client = await connect(graph.database.url)
  await client.query('begin; lock table users.accounts in access exclusive mode')
  const before = someone.data('{ viewer { username todos { nodes { title } } } }')
  const again = someone.data('mutation { createTodo(input: { title: "New" }) { __typename } }')
  await again
  const after = someone.data('{ viewer { username todos { nodes { title } } } }')
  await sleep(100)
  await client.query('commit')
  await client.end()
  await before
  expect((await after).viewer.todos.nodes).toEqual([{ title: 'New' }])
})

test('equal mutations are never one', async () => {
  const someone = await graph.person()
  const create = 'mutation { createTodo(input: { title: "Again" }) { __typename } }'
  await whileReadsWait('todos.todos', 5, () => Promise.all(Array.from({ length: 5 }, () => someone.data(create))))
  expect((await someone.data('{ viewer { todos { totalCount } } }')).viewer.todos.totalCount).toBe(5)
})

test('a subgraph is told when the client goes away, unless somebody else waits for the same', async () => {
  await using resources = new AsyncDisposableStack()
  const folder = await newFolder(resources)
  const asked: IncomingMessage[] = []
  const silent = createServer((request) => void asked.push(request)).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  resources.defer(() => {
    silent.closeAllConnections()
    silent.close()
  })
  const address = silent.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/graphql`
  const supergraph = join(folder, 'supergraph.graphql')
  await writeFile(supergraph, composeSmallWorld(Object.fromEntries(names.map((name) => [name, url]))))
  const gateway = resources.use(
    startChild(['gateway/main.ts'], { SUPERGRAPH: supergraph, DATA_DIR: folder, PORT: '0' }),
  )
  const graphql = await gateway.says(/listens on (http:\S+)/)
  const body = JSON.stringify({ query: '{ me { name } }' })
  const send = (signal: AbortSignal) =>
    fetch(graphql, { method: 'POST', headers: { 'content-type': 'application/json' }, body, signal }).catch(() => null)
  const [first, second] = [new AbortController(), new AbortController()]
  const requests = [send(first.signal), send(second.signal)]
  await eventually(async () => expect(asked.length).toBe(1))
  await sleep(200)
  first.abort()
  await sleep(200)
  expect(asked[0]?.socket.destroyed).toBe(false)
  second.abort()
  await eventually(async () => expect(asked[0]?.socket.destroyed).toBe(true))
  expect(asked).toHaveLength(1)
  await Promise.all(requests)
})
