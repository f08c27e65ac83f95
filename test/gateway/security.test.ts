import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { log } from '../../platform/process/log.ts'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

const resources = new AsyncDisposableStack()
let graph: TestGraph
/** A gateway in production mode over the same subgraphs. */
let production: string
beforeAll(async () => {
  graph = resources.use(await startGraph({ environment: SHARED_KEYS, hasDemoData: true }))
  production = await startGatewayOver(graph, { instead: {}, mode: 'production' }, resources)
})
afterAll(() => resources.disposeAsync())

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
}

test.each([
  ['an answer', '{ __typename }', 200],
  ['the same, compiled', '{ __typename }', 200],
  ['what everybody may keep', '{ products(first: 1) { nodes { name } } }', 200],
  ['the same, from memory', '{ products(first: 1) { nodes { name } } }', 200],
  ['a refusal', '{ unknown }', 400],
])('%s carries the headers of security', async (_, query, expected) => {
  const { status, headers } = await graph.anonymous.send(query)
  expect(status).toBe(expected)
  expect(Object.fromEntries(headers)).toMatchObject(HEADERS)
})

test('so do a wrong path, a wrong method and a wrong token', async () => {
  const answers = await Promise.all([
    fetch(`${graph.origin}/nowhere`),
    fetch(`${graph.origin}/graphql`, { method: 'PUT', body: '{}' }),
    fetch(`${graph.origin}/graphql?query={__typename}`, { headers: { authorization: 'Bearer x' } }),
  ])
  expect(answers.map(({ status }) => status)).toEqual([404, 405, 401])
  for (const { headers } of answers) expect(Object.fromEntries(headers)).toMatchObject(HEADERS)
})

test('an answer tells five errors at most, however it is answered', async () => {
  const unknown = Array.from({ length: 20 }, (_, at) => `unknown${at}`).join(' ')
  expect((await graph.anonymous.send(`{ ${unknown} }`)).errors).toHaveLength(5)
  const refused = Array.from({ length: 8 }, (_, at) => `a${at}: user(id: "user_${at}") { email }`).join(' ')
  for (const _ of ['admitted', 'run']) expect((await graph.anonymous.send(`{ ${refused} }`)).errors).toHaveLength(5)
})

describe('in production', () => {
  test('nobody is told what there is', async () => {
    const client = clientOf(production)
    for (const query of ['{ __schema { types { name } } }', '{ __type(name: "User") { fields { name } } }'])
      expect((await client.send(query)).status).toBe(400)
    const slips = [
      '{ viewr { id } }',
      '{ viewer { usernam } }',
      '{ products(frist: 1) { nodes { id } } }',
      '{ products(orderBy: { field: NAMES, direction: ASC }) { nodes { id } } }',
      'fragment A on Usr { id } { viewer { ...A } }',
    ]
    for (const query of slips) expect(JSON.stringify((await client.send(query)).errors)).not.toContain('Did you mean')
    const inVariables = 'query ($o: ProductOrder) { products(orderBy: $o) { nodes { id } } }'
    const { errors } = await client.send(inVariables, { o: { field: 'NAMES', direction: 'ASC' } })
    expect(errors).toHaveLength(1)
    expect(JSON.stringify(errors)).not.toContain('Did you mean')
  })

  test('a subgraph of another schema is no mistake of the client, and tells nobody what it has', async () => {
    const message = 'Cannot query field "name" on type "Product". Did you mean "secretName"?'
    const products: RequestListener = (_, response) => {
      response.writeHead(400, { 'content-type': 'application/json' })
      response.end(JSON.stringify({ errors: [{ message, extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] }))
    }
    const client = clientOf(await startGatewayOver(graph, { instead: { products }, mode: 'production' }, resources))
    const told = vi.spyOn(log, 'error')
    for (const _ of ['admitted', 'run']) {
      const { status, errors } = await client.send('{ productBySku(sku: "MUG-AMBER") { name } }')
      expect(status).toBe(200)
      expect(errors).toMatchObject([{ extensions: { code: 'INTERNAL_SERVER_ERROR' } }])
      expect(JSON.stringify(errors)).not.toMatch(/secretName|Product/)
    }
    const reasons = told.mock.calls.filter(([, text]) => text?.startsWith('a subgraph has another schema'))
    expect(reasons.map(([facts]) => facts)).toMatchObject([
      { subgraph: 'products', reason: message },
      { subgraph: 'products', reason: message },
    ])
    told.mockRestore()
  })

  test('there are no pages, and nothing else for developers', async () => {
    const { origin } = new URL(production)
    for (const path of ['/', '/graphiql', '/cache', '/supergraph', '/subgraphs/users'])
      expect((await fetch(origin + path, { headers: { accept: 'text/html' } })).status).toBe(404)
  })
})

test('a request of another site’s form is refused', async () => {
  const query = encodeURIComponent('{ __typename }')
  const simple = await fetch(`${graph.origin}/graphql?query=${query}`, { headers: { 'content-type': 'text/plain' } })
  expect(simple.status).toBe(400)
})

describe('a client that is slow on purpose', () => {
  /** Sends the beginning of a request, and then next to nothing; gives what came back until it was cut off. */
  async function drip(beginning: string): Promise<{ answer: string; time: number }> {
    const begin = performance.now()
    const socket = connect(Number(new URL(graph.origin).port), '127.0.0.1')
    let answer = ''
    socket.on('data', (bytes: Buffer) => void (answer += bytes.toString()))
    socket.on('error', () => undefined)
    socket.write(beginning)
    const dripping = setInterval(() => socket.write('x'), 500)
    await once(socket, 'close')
    clearInterval(dripping)
    return { answer, time: performance.now() - begin }
  }

  test('is cut off in its head and in its body', async () => {
    const host = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\n'
    const [head, body] = await Promise.all([
      drip(`${host}x-slow: `),
      drip(`${host}content-type: application/json\r\ncontent-length: 1000\r\n\r\n{"query":"`),
    ])
    expect(head.answer).toContain('408 Request Timeout')
    expect(body.answer).toContain('408 Request Timeout')
    expect(head.time).toBeLessThan(9_000)
    expect(body.time).toBeLessThan(14_000)
    expect((await graph.anonymous.send('{ __typename }')).status).toBe(200)
  })
})
