import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../platform/ids.ts'
import { cpuOf } from '../support/cpu.ts'
import { clientOf } from '../support/graph-client.ts'
import { SIGN_IN, WHO, type Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
  someone = await graph.person()
})
afterAll(() => graph[Symbol.asyncDispose]())

test('headers that are almost too long open no breaker, and reach subgraphs in part', async () => {
  const client = clientOf(`${graph.origin}/graphql`, { 'user-agent': 'a'.repeat(15_900) })
  for (let count = 0; count < 40; count++)
    expect(await client.send(`{ productBySku(sku: "A-${count}") { id } }`)).toMatchObject({ status: 200, errors: [] })
  const { signIn } = await client.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })
  const { viewer } = await graph.clientWith(signIn.tokens.accessToken).data(WHO)
  expect(viewer.sessions[0].userAgent).toBe('a'.repeat(500))
})

const BOMB = `{ viewer { todos(first: 6) { nodes { owner { todos(first: 100) { nodes { ${'abcdefghijklmnopqrstuvwxy'
  .split('')
  .map((alias) => `${alias}: title`)
  .join(' ')} } } } } } } }`

test('an answer that would be too long is refused by the subgraph, which is asked on', async () => {
  const long = '\u{1f4a1}'.repeat(200)
  const titles = Array.from({ length: 100 }, () => `createTodo(input: { title: "${long}" }) { __typename }`)
  for (let at = 0; at < titles.length; at += 2) await someone.data(`mutation { a: ${titles[at]} b: ${titles[at + 1]} }`)
  for (let count = 0; count < 25; count++) {
    const { data, errors } = await someone.send(`${BOMB} #${count}`)
    expect(data.viewer).toEqual({ todos: null })
    expect(errors).toMatchObject([
      { message: expect.stringContaining('too much for one answer'), extensions: { code: 'COST_LIMIT_EXCEEDED' } },
    ])
  }
  expect((await someone.data('{ viewer { todos(first: 1) { nodes { title } } } }')).viewer.todos.nodes).toHaveLength(1)
})

test('a password that is longer than any may be costs no more than another to look at', async () => {
  // Marks that Unicode puts in another order: the time to do so rises by the square of how many there are.
  const marks = [0x345, 0x360, 0x35d, 0x315, 0x301, 0x316, 0x31b, 0x327, 0x3099, 0x334]
  const password = `a${marks.map((mark) => String.fromCodePoint(mark).repeat(3_000)).join('')}`
  const guess = () =>
    graph.anonymous.send(SIGN_IN, { input: { email: `nobody-${Math.random()}@example.com`, password } })
  const other = () =>
    graph.anonymous.send(SIGN_IN, { input: { email: `nobody-${Math.random()}@example.com`, password: 'a password' } })
  expect(await cpuOf(3, guess)).toBeLessThan((await cpuOf(3, other)) + 100)
})

test('who has nothing left is told so before much is looked through', async () => {
  await using poor = await startGraph({ environment: { RATE_POINTS: '100', RATE_REFILL: '1' } })
  const query = 'query ($ids: [ID!]!) { nodes(ids: $ids) { id } }'
  const ids = Array.from({ length: 30_000 }, () => '')
  await poor.anonymous.data(query, { ids: [''] })
  const statuses: number[] = []
  for (let count = 0; count < 20; count++) statuses.push((await poor.anonymous.send(query, { ids })).status)
  // Each costs ten points, for its ninety thousand characters and for being refused.
  expect(statuses.filter((status) => status === 400).length).toBeLessThanOrEqual(9)
  expect(statuses.at(-1)).toBe(429)
})

test('what is asked for with a great deal is not kept', async () => {
  const query = 'query ($sku: String!) { productBySku(sku: $sku) { id } }'
  const cacheOf = async (sku: string) => {
    await graph.anonymous.send(`${query} #`, { sku })
    return (await graph.anonymous.send(query, { sku })).headers.get('x-cache')
  }
  expect(await cacheOf('NOTHING')).toBe('HIT')
  expect(await cacheOf('x'.repeat(50_000))).not.toBe('HIT')
})

test('one who signs in again and again has fifty sessions', async () => {
  const owner = await graph.person()
  await graph.database.sql(
    `insert into users.sessions (id, account_id, user_agent, expires_at, last_used_at)
     select gen_random_uuid(), $1, 'old', now() + interval '1 day', now() - interval '1 day' from generate_series(1, 80)`,
    [uuidOf(owner.id)],
  )
  const { signIn } = await graph.anonymous.data(SIGN_IN, { input: { email: owner.email, password: owner.password } })
  const { viewer } = await graph.clientWith(signIn.tokens.accessToken).data(WHO)
  expect(viewer.sessions).toHaveLength(50)
  expect(viewer.sessions.filter(({ userAgent }: { userAgent: string }) => userAgent !== 'old')).toHaveLength(2)
})

test('an answer that tells what is left to spend is for who asked alone', async () => {
  const client = clientOf(`${graph.origin}/graphql`, { 'x-cost': '1' })
  for (const _way of ['admitted', 'run']) {
    const { headers } = await client.send('{ products(first: 3) { nodes { name } } }')
    expect(headers.get('cache-control')).toBe('private, no-cache')
  }
})
