import { createServer, type RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import type { Person } from '../support/people.ts'
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

/** The address of a gateway whose todos are a fake one. */
function urlOver(fake: Fake): Promise<string> {
  const todos: RequestListener = (request, response) => {
    fake.asked++
    fake.answer(request, response)
  }
  return startGatewayOver(graph, { instead: { todos } }, resources)
}

const clientAt = (url: string) => clientOf(url, { authorization: `Bearer ${someone.accessToken}` })

const over = async (fake: Fake) => clientAt(await urlOver(fake))

/** Asks, and goes away once `isThere` holds. */
async function askAndGo(url: string, isThere: () => void): Promise<void> {
  const giving = new AbortController()
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${someone.accessToken}` }
  const asked = fetch(url, { method: 'POST', headers, body: JSON.stringify({ query: QUERY }), signal: giving.signal })
  await eventually(async () => isThere())
  giving.abort()
  await expect(asked).rejects.toThrow(/abort/)
}

/** 5 s for a part that is back to be used, and the rest for a busy machine, in ms. */
const WITHIN = 9_000

const QUERY = '{ viewer { username todos { totalCount } } }'

test('a subgraph that fails is left alone, probed once in a while, and asked again when it is well', async () => {
  const asked: number[] = []
  const fake: Fake = {
    asked: 0,
    answer(request, response) {
      asked.push(performance.now())
      ill(request, response)
    },
  }
  const client = await over(fake)
  for (let count = 0; count < 40; count++) {
    const { data, errors } = await client.send(QUERY)
    expect(data).toEqual({ viewer: { username: someone.username, todos: null } })
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE'])
  }
  expect(asked).toHaveLength(20)
  // However often clients ask meanwhile, it is probed every 5 s.
  await eventually(async () => {
    await client.send(QUERY)
    expect(asked.length).toBeGreaterThanOrEqual(22)
  }, 20_000)
  const [opened = 0, ...probes] = asked.slice(19)
  for (const [index, at] of probes.entries()) expect(at - (probes[index - 1] ?? opened)).toBeGreaterThan(4_500)
  fake.answer = well
  await eventually(async () => expect((await client.send(QUERY)).data.viewer.todos).toEqual({ totalCount: 7 }))
  await client.data(QUERY)
})

test.each([
  ['half', 'is not', 20, (call: number) => call % 2 === 0],
  ['nine of twenty', 'is', 60, (call: number) => call % 2 === 1 && call % 20 < 18],
])('one whose calls fail by %s %s asked on', async (_, __, expected, fails) => {
  const fake: Fake = { asked: 0, answer: well }
  fake.answer = (request, response) => (fails(fake.asked) ? ill : well)(request, response)
  const client = await over(fake)
  for (let count = 0; count < 60; count++) await client.send(QUERY)
  expect(fake.asked).toBe(expected)
})

test('what failed more than 10 s ago is forgiven', async () => {
  const fake: Fake = { asked: 0, answer: ill }
  const client = await over(fake)
  for (let count = 0; count < 19; count++) await client.send(QUERY)
  await sleep(10_500)
  for (let count = 0; count < 19; count++) await client.send(QUERY)
  expect(fake.asked).toBe(38)
})

test('a query that is lost is asked once more, and no more', async () => {
  const fake: Fake = { asked: 0, answer: cutting }
  const client = await over(fake)
  expect((await client.send(QUERY)).errors.map(({ extensions }) => extensions.code)).toEqual(['UNAVAILABLE'])
  expect(fake.asked).toBe(2)
})

test('a client that goes away keeps no subgraph from being used that is back', async () => {
  const fake: Fake = { asked: 0, answer: ill }
  const url = await urlOver(fake)
  for (let count = 0; count < 25; count++) await clientAt(url).send(QUERY)
  expect(fake.asked).toBe(20)
  await sleep(5_500)
  const waiting: (() => void)[] = []
  fake.answer = (request, response) => void waiting.push(() => well(request, response))
  await askAndGo(url, () => expect(waiting).toHaveLength(1))
  fake.answer = well
  waiting.forEach((answer) => answer())
  await eventually(async () => expect((await clientAt(url).data(QUERY)).viewer.todos).toEqual({ totalCount: 7 }), 4_500)
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
  await eventually(async () => expect((await client.send(query)).data.todo).toEqual({ title: 'Back' }), WITHIN)
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
  const url = await urlOver(fake)
  for (let count = 0; count < 30; count++) await askAndGo(url, () => expect(fake.asked).toBe(count + 1))
  fake.answer = well
  expect((await clientAt(url).data(QUERY)).viewer.todos).toEqual({ totalCount: 7 })
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

test('one that is silent is given up after 3 s, and orders after 5 s', async () => {
  const silent: RequestListener = () => undefined
  const url = await startGatewayOver(graph, { instead: { todos: silent, orders: silent } }, resources)
  const client = clientOf(url, { authorization: `Bearer ${someone.accessToken}` })
  const durationOf = async (field: string) => {
    const begin = performance.now()
    const { errors } = await client.send(`{ viewer { ${field} { totalCount } } }`)
    expect(errors).toMatchObject([{ extensions: { code: 'TIMEOUT' } }])
    return performance.now() - begin
  }
  const [todos, orders] = await Promise.all([durationOf('todos'), durationOf('orders')])
  expect(todos).toBeGreaterThan(2_900)
  expect(todos).toBeLessThan(4_700)
  expect(orders).toBeGreaterThan(4_900)
  expect(orders).toBeLessThan(9_000)
})
