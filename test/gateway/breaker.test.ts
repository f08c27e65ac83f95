import { createServer, type RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
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

/** The order in which a fake subgraph misbehaves. */
interface Fake {
  /** Requests that came. */
  asked: number
  answer: RequestListener
}

const TODOS = JSON.stringify({ data: { _entities: [{ todos: { totalCount: 7 } }] } })
const well: RequestListener = (_, response) => void response.setHeader('content-type', 'application/json').end(TODOS)
const ill: RequestListener = (_, response) => void response.writeHead(500).end()
const cutting: RequestListener = (request) => void request.socket.destroy()

/** A gateway whose todos are a fake one. */
async function over(fake: Fake) {
  const todos: RequestListener = (request, response) => {
    fake.asked++
    fake.answer(request, response)
  }
  const url = await startGatewayOver(graph, { instead: { todos } }, resources)
  return clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
}

const QUERY = '{ viewer { username todos { totalCount } } }'

test('a subgraph that fails is left alone, probed once in a while, and asked again when it is well', async () => {
  const fake: Fake = { asked: 0, answer: ill }
  const client = await over(fake)
  for (let count = 0; count < 40; count++) {
    const { data, errors } = await client.send(QUERY)
    expect(data).toEqual({ viewer: { username: someone.username, todos: null } })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE'])
  }
  expect(fake.asked).toBe(20)
  await sleep(5_500)
  for (let count = 0; count < 10; count++) await client.send(QUERY)
  expect(fake.asked).toBe(21)
  fake.answer = well
  await eventually(async () => expect((await client.send(QUERY)).data.viewer.todos).toEqual({ totalCount: 7 }))
  await client.data(QUERY)
})

test('one that fails now and then is asked on, and a query that was lost is asked again, within a budget', async () => {
  const fake: Fake = { asked: 0, answer: well }
  fake.answer = (request, response) => (fake.asked % 3 === 0 ? cutting : well)(request, response)
  const client = await over(fake)
  const asked = async (count: number) => {
    const outcomes = []
    for (let each = 0; each < count; each++) outcomes.push((await client.send(QUERY)).errors.length === 0)
    return outcomes
  }
  expect(await asked(50)).not.toContain(false)
  // More are lost than a fifth, in the long run.
  const later = await asked(300)
  expect(later).toContain(false)
  expect(later).toContain(true)
  expect(fake.asked).toBeLessThanOrEqual(350 * 1.2 + 20)
})

test('a gateway starts while every subgraph is away, and uses one that comes within 5 s', async () => {
  const port = await freePort()
  const dead = { users: 'dead', products: 'dead', orders: 'dead' } as const
  const url = await startGatewayOver(graph, { instead: { ...dead, todos: port } }, resources)
  const client = clientOf(url)
  const query = 'query { todo(id: "todo_00000000000000000000000001") { title } }'
  for (let count = 0; count < 30; count++)
    expect((await client.send(query)).errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE'])
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ data: { todo: { title: 'Back' } } }))
  }).listen(port, '127.0.0.1')
  resources.defer(() => void server.close())
  await eventually(async () => expect((await client.send(query)).data.todo).toEqual({ title: 'Back' }), 5_500)
})

test('a mutation that was lost is never sent again', async () => {
  const fake: Fake = { asked: 0, answer: cutting }
  const client = await over(fake)
  const { errors } = await client.send('mutation { createTodo(input: { title: "once" }) { __typename } }')
  expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE'])
  expect(fake.asked).toBe(1)
})

test('a request that its client gave up says nothing of the subgraph', async () => {
  const fake: Fake = { asked: 0, answer: () => undefined }
  const todos: RequestListener = (request, response) => {
    fake.asked++
    fake.answer(request, response)
  }
  const url = await startGatewayOver(graph, { instead: { todos } }, resources)
  for (let count = 0; count < 30; count++) {
    const giving = new AbortController()
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${someone.accessToken}` }
    const asked = fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }), signal: giving.signal })
    await eventually(async () => expect(fake.asked).toBe(count + 1))
    giving.abort()
    await expect(asked).rejects.toThrow(/abort/)
  }
  fake.answer = well
  expect((await clientOf(url, { authorization: `Bearer ${someone.accessToken}` }).data(QUERY)).viewer.todos).toEqual({
    totalCount: 7,
  })
})

test('a subgraph may take 3 s, and orders 5 s', async () => {
  const slow: RequestListener = (_, response) =>
    void setTimeout(() => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ data: { _entities: [{ orders: { totalCount: 7 } }] } }))
    }, 4_000)
  const url = await startGatewayOver(graph, { instead: { todos: slow, orders: slow } }, resources)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  const { data, errors } = await client.send('{ viewer { todos { totalCount } orders { totalCount } } }')
  expect(data).toEqual({ viewer: { todos: null, orders: { totalCount: 7 } } })
  expect(errors).toMatchObject([{ extensions: { code: 'TIMEOUT' } }])
})
