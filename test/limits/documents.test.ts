import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { costOf } from '../support/counters.ts'
import { cpuOf } from '../support/cpu.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
})
afterAll(() => graph[Symbol.asyncDispose]())

/** Some texts, one after the other. */
const some = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, at) => text(at)).join(' ')

const ofProduct = (fields: string) => `{ products(first: 1) { nodes { ${fields} } } }`
const SIGN_IN = 'signIn(input: { email: "a@example.com", password: "some password" }) { __typename }'
const SIGN_UP =
  'signUp(input: { email: "b@example.com", username: "somebody", password: "some password" }) { __typename }'

/** A query that nests so many fields. */
function deep(levels: number): string {
  const cycle = ['todos(first: 1)', 'nodes', 'owner']
  const path = ['viewer', ...Array.from({ length: levels - 2 }, (_, at) => cycle[at % 3])]
  return `{ ${path.join(' { ')} { __typename ${'}'.repeat(levels)}`
}

/** Documents with so many of something, and how many of that are allowed. */
const limited: Record<string, [most: number, document: (count: number) => string]> = {
  aliases: [30, (count) => ofProduct(some(count, (at) => `a${at}: name`))],
  'aliases of what every type has': [30, (count) => ofProduct(some(count, (at) => `a${at}: __typename`))],
  'aliases of a fragment that is spread twice': [
    15,
    (count) =>
      `${ofProduct('...A ... on Product { ...A }')} fragment A on Product { ${some(count, (at) => `a${at}: name`)} }`,
  ],
  'fields at the root': [10, (count) => `{ ${some(count, () => '__typename')} }`],
  'fields at the root, in fragments': [
    10,
    (count) => `{ ...A } fragment A on Query { ${some(count, () => '__typename')} }`,
  ],
  mutations: [3, (count) => `mutation { ${some(count, (at) => `a${at}: clearCompletedTodos { __typename }`)} }`],
  'sign-ins': [1, (count) => `mutation { ${some(count, (at) => `a${at}: ${at === 0 ? SIGN_IN : SIGN_UP}`)} }`],
  operations: [10, (count) => some(count, (at) => `query Q${at} { __typename }`)],
  directives: [50, (count) => ofProduct(some(count, () => 'name @include(if: true)'))],
  'levels of fields': [10, deep],
}

async function ask(query: string, origin = graph.origin) {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, ...(query.startsWith('query Q0') && { operationName: 'Q0' }) }),
  })
  return { status: response.status, text: await response.text() }
}

describe('a document has no more than is allowed of', () => {
  test.each(Object.entries(limited))('%s', async (_, [most, document]) => {
    expect(await ask(document(most))).toMatchObject({ status: 200, text: expect.stringContaining('"data"') })
    const { fetches } = await costOf(async () => {
      const { status, text } = await ask(document(most + 1))
      expect(status).toBe(400)
      expect(text).toMatch(/at most \d+ are allowed/)
    })
    expect(fetches).toBe(0)
  })

  test('tokens', async () => {
    const tokens = (count: number) => `{ nodes(ids: [${some(count - 12, () => '"x"')}]) { id } }`
    expect((await ask(tokens(1_000))).text).not.toContain('tokens')
    expect(await ask(tokens(1_001))).toMatchObject({
      status: 400,
      text: expect.stringContaining('more that 1000 tokens'),
    })
  })

  test('fields, fragments in the place of their spreads', async () => {
    const fragments = some(12, (at) => `fragment F${at} on Product { ...F${at + 1} ...F${at + 1} }`)
    const { status, text } = await ask(`${ofProduct('...F0')} ${fragments} fragment F12 on Product { name }`)
    expect(status).toBe(400)
    expect(text).toContain('The operation has 4098 fields, and at most 1000 are allowed.')
  })
})

test('several operations in one request are refused', async () => {
  const response = await fetch(`${graph.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ query: '{ __typename }' }, { query: '{ __typename }' }]),
  })
  expect(response.status).toBe(400)
})

/** Requests that are small and would be much work, if they were let in. */
const bombs: Record<string, string> = {
  'fragments without end': `{ viewer { ...A } } fragment A on User { ...B } fragment B on User { ...A }`,
  'fragments that double each time': `{ viewer { ...F0 } } ${some(80, (at) => `fragment F${at} on User { ...F${at + 1} ...F${at + 1} }`)} fragment F80 on User { id }`,
  'fragments that double each time and end in nothing': `{ ...F0 } ${some(80, (at) => `fragment F${at} on Query { ...F${at + 1} ...F${at + 1} }`)}`,
  'fields of one name with different arguments': `{ ${some(150, (at) => `products(first: ${at}) { nodes { id } }`)} }`,
  'aliases of aliases': `{ ${some(120, (at) => `a${at}: viewer { a${at}: id b: id }`)} }`,
  'unknown fields': `{ ${some(400, (at) => `unknown${at}`)} }`,
  'lists in lists': `{ nodes(ids: ${'['.repeat(450)}${']'.repeat(450)}) { id } }`,
  'objects in objects': `mutation { signIn(input: ${'{a:'.repeat(300)}1${'}'.repeat(300)}) { __typename } }`,
  'one long name': `{ ${'a'.repeat(90_000)} }`,
  'many directives on one field': `{ viewer { id ${some(180, () => '@skip(if: false)')} } }`,
  'many variables': `query (${some(200, (at) => `$v${at}: Int`)}) { viewer { id } }`,
  'brackets without end': '{a'.repeat(20_000),
  'a comment of comments': '#'.repeat(90_000),
  'comments without a document': '#,\n'.repeat(20_000),
}

test.each(Object.entries(bombs))('%s are refused, with next to no work', async (_, query) => {
  expect((await ask(query)).status).toBe(400)
  expect(await cpuOf(10, () => ask(query))).toBeLessThan(50)
})

test('a body that is too large is refused, with next to no work', async () => {
  const query = `{ __typename } # ${'x'.repeat(1_000_000)}`
  expect(await ask(query)).toMatchObject({ status: 413, text: expect.stringContaining('larger than 100 kB') })
  expect(await cpuOf(10, () => ask(query))).toBeLessThan(50)
})

/** Settings, and how many of what each leaves. */
const SETTINGS: Record<string, [variable: string, most: number]> = {
  aliases: ['MAX_ALIASES', 2],
  'fields at the root': ['MAX_ROOT_FIELDS', 4],
  mutations: ['MAX_MUTATIONS', 1],
  'sign-ins': ['MAX_SIGN_INS', 2],
  operations: ['MAX_OPERATIONS', 2],
  directives: ['MAX_DIRECTIVES', 2],
  'levels of fields': ['MAX_DEPTH', 4],
}

test('all limits are settings', async () => {
  // Two sign-ins are two mutations, which are limited by a setting of their own.
  const { mutations, ...others } = SETTINGS
  const environmentOf = (settings: typeof SETTINGS) =>
    Object.fromEntries(Object.values(settings).map(([variable, most]) => [variable, String(most)]))
  for (const settings of [{ ...(mutations && { mutations }) }, others]) {
    await using other = await startGraph({ environment: environmentOf(settings) })
    for (const [name, [, most]] of Object.entries(settings)) {
      const document = limited[name]?.[1] ?? String
      expect([name, (await ask(document(most), other.origin)).status]).toEqual([name, 200])
      expect([name, await ask(document(most + 1), other.origin)]).toMatchObject([
        name,
        { status: 400, text: expect.stringContaining(`at most ${most} are allowed`) },
      ])
    }
  }
})

test('so are tokens, fields and bytes', async () => {
  const environment = { MAX_TOKENS: '20', MAX_FIELDS: '4', MAX_BODY_BYTES: '1000' }
  await using other = await startGraph({ environment })
  const fields = (count: number) => `{ ${some(count, () => '__typename')} }`
  expect((await ask(fields(4), other.origin)).status).toBe(200)
  expect((await ask(fields(5), other.origin)).text).toContain('5 fields, and at most 4 are allowed')
  expect((await ask(fields(20), other.origin)).text).toContain('more that 20 tokens')
  expect((await ask(`${fields(1)} # ${'x'.repeat(1_000)}`, other.origin)).status).toBe(413)
})
