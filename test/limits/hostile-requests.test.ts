import { afterAll, beforeAll, expect, test } from 'vitest'
import { cpuOf } from '../support/cpu.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

const resources = new AsyncDisposableStack()
let graph: TestGraph
/** A gateway in production mode: there errors are worked on once more. */
let production: string
beforeAll(async () => {
  graph = resources.use(await startGraph({ environment: SHARED_KEYS }))
  production = await startGatewayOver(graph, { instead: {}, mode: 'production' }, resources)
})
afterAll(() => resources.disposeAsync())

async function send(body: string, url = production) {
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return { status: response.status, headers: response.headers, text: await response.text() }
}

const json = (query: string, variables: Record<string, unknown> = {}) => JSON.stringify({ query, variables })

const ORDER = 'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename } }'
const TODOS = 'query ($filter: TodoFilter) { viewer { todos(filter: $filter) { nodes { id } } } }'
const manyKeys = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [`key${at}`, 1]))
const HINTS = ' Did you mean '.repeat(6_000)
const unknown = Array.from({ length: 100 }, (_, at) => `unknown${at}`).join(' ')
const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

/** Bodies that are allowed to be so long, and would be much work where all that is wrong with them were told. */
const hostile: Record<string, string> = {
  'an input with thousands of unknown keys': json(ORDER, { input: manyKeys }),
  'thousands of inputs with unknown keys': json(ORDER, {
    input: { lines: Array.from({ length: 3_000 }, () => ({ a: 1, b: 2 })) },
  }),
  'a variable full of what suggestions begin with': json(TODOS, { filter: { priorities: [HINTS] } }),
  'a literal full of it': json(`{ products(orderBy: { field: "${HINTS}", direction: ASC }) { nodes { id } } }`),
  'thousands of empty lines before what is wrong': json(`${'\n'.repeat(48_000)}{ ${unknown} }`),
  'as many as are allowed': json(`${'\n'.repeat(4_990)}{ ${unknown} }`),
  'as many before variables that are wrong': json('\n'.repeat(4_990) + TODOS, {
    filter: { priorities: Array(200).fill('x') },
  }),
  'a value in thousands of levels': `{"query":"query ($filter: ProductFilter) { products(filter: $filter) { nodes { id } } }","variables":{"filter":{"minPrice":${nested(40_000)}}}}`,
  'a batch': `[${Array(30_000).fill('{}').join()}]`,
  'brackets without end': '['.repeat(99_000),
  'a document that is a number': `{"query":5,${Array.from({ length: 7_000 }, (_, at) => `"a${at}":{}`).join()}}`,
}

test.each(Object.entries(hostile))('%s: refused in a few words, with next to no work', async (_, body) => {
  const { status, text } = await send(body)
  expect(status).toBe(400)
  expect(text).not.toContain('INTERNAL_SERVER_ERROR')
  expect(text.length).toBeLessThan(6_000)
  // Code is compiled by then.
  for (let count = 0; count < 5; count++) await send(body)
  expect(await cpuOf(10, () => send(body))).toBeLessThan(50)
})

test('an operation that is known is as careful with its variables', async () => {
  const known = { input: { idempotencyKey: 'a key of a test', lines: [] } }
  for (const _ of ['admitted', 'run']) expect((await send(json(ORDER, known))).status).toBe(200)
  const body = json(ORDER, { input: manyKeys })
  expect((await send(body)).status).toBe(400)
  expect(await cpuOf(10, () => send(body))).toBeLessThan(50)
})

test('values may be nested deeply, and a document may have many lines, within reason', async () => {
  const query = `${'\r\n'.repeat(4_000)}{ __typename }`
  expect((await send(JSON.stringify({ query, variables: { unused: JSON.parse(nested(400)) } }))).status).toBe(200)
  expect((await send(`{"query":"{ __typename }","variables":{"a":"${'['.repeat(5_000)}"}}`)).status).toBe(200)
})

test.each([
  ['persisted queries of no version', JSON.stringify({ extensions: { persistedQuery: 5 } })],
  [
    'persisted queries of another version',
    JSON.stringify({ query: '{ __typename }', extensions: { persistedQuery: { version: 2, sha256Hash: 'x' } } }),
  ],
])('%s are the client’s mistake', async (_, body) => {
  expect(await send(body)).toMatchObject({ status: 400, text: expect.stringContaining('"BAD_REQUEST"') })
})

test('whatever is refused is paid for, also where Apollo Server tells nobody of it', async () => {
  const environment = { ...SHARED_KEYS, RATE_POINTS: '100', RATE_REFILL: '1', RATE_VIEWERS_PER_ADDRESS: '1' }
  const unknownHash = JSON.stringify({
    extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } },
    variables: { a: 'x'.repeat(90_000) },
  })
  for (const [body, first] of [
    ['{"query":5}', 400],
    ['{"query":"{ __typename }","variables":7}', 400],
    [unknownHash, 200],
  ] as const) {
    await using other = await startGraph({ environment })
    const statuses: number[] = []
    for (let count = 0; count < 14; count++) statuses.push((await send(body, `${other.origin}/graphql`)).status)
    expect(statuses[0]).toBe(first)
    expect(statuses.at(-1)).toBe(429)
  }
})
