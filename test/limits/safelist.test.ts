import { createHash } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startChild } from '../support/child.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

const BODY = 'query Catalogue($first: Int) {\n  products(first: $first) {\n    nodes {\n      name\n    }\n  }\n}'
const ID = createHash('sha256').update(BODY).digest('hex')
const MANIFEST = {
  format: 'apollo-persisted-query-manifest',
  version: 1,
  operations: [{ id: ID, name: 'Catalogue', type: 'query', body: BODY }],
}

let folder: string
let graph: TestGraph
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manifests-'))
  await writeFile(join(folder, 'web@1.json'), JSON.stringify(MANIFEST))
  graph = await startGraph({
    hasDemoData: true,
    environment: { PERSISTED_OPERATIONS: 'safelist', OPERATIONS_MANIFEST: folder },
  })
})
afterAll(async () => {
  await graph[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, maxRetries: 20 })
})

const ask = async (origin: string, body: Record<string, unknown>) => {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const { data, errors } = await response.json()
  return { status: response.status, data, code: errors?.[0].extensions.code }
}
const persisted = (sha256Hash: string) => ({ extensions: { persistedQuery: { version: 1, sha256Hash } } })
const FOUND = { status: 200, data: { products: { nodes: [{ name: 'Amber desk lamp' }] } } }

test('an operation of a manifest is answered, by its text however that is laid out, and by its id', async () => {
  const variables = { first: 1 }
  for (const _ of ['admitted', 'run']) {
    expect(await ask(graph.origin, { query: BODY, variables })).toMatchObject(FOUND)
    expect(await ask(graph.origin, { query: BODY.replaceAll(/\s+/g, ' '), variables })).toMatchObject(FOUND)
    expect(await ask(graph.origin, { ...persisted(ID), variables })).toMatchObject(FOUND)
  }
})

test('any other is refused, by its text and by its hash, again and again', async () => {
  const query = BODY.replace('name', 'sku')
  const hash = createHash('sha256').update(query).digest('hex')
  for (const _ of ['first', 'second']) {
    expect(await ask(graph.origin, { query })).toMatchObject({ status: 400, code: 'OPERATION_NOT_LISTED' })
    expect(await ask(graph.origin, { query: '{ __schema { types { name } } }' })).toMatchObject({ status: 400 })
    // Nor is anybody told what is wrong with one, which would tell what there is.
    for (const wrong of ['{ nowhere }', '{ viewer {', 'query ($id: ID!) { todo(id: $id) { id } }'])
      expect(await ask(graph.origin, { query: wrong })).toEqual({ status: 400, code: 'OPERATION_NOT_LISTED' })
    // As clients register persisted queries where anybody may.
    expect(await ask(graph.origin, { query, ...persisted(hash) })).toMatchObject({ code: 'OPERATION_NOT_LISTED' })
    expect(await ask(graph.origin, persisted(hash))).toMatchObject({ code: 'PERSISTED_QUERY_NOT_FOUND' })
  }
})

test('where it is only to be told, all are answered, and those that are not listed are logged', async () => {
  const dataDir = join(folder, 'data')
  const ports = { USERS_PORT: '0', TODOS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', PORT: '0' }
  const environment = { PERSISTED_OPERATIONS: 'log', OPERATIONS_MANIFEST: join(folder, 'web@1.json') }
  await using child = startChild(['start.ts'], { ...ports, ...environment, DATA_DIR: dataDir })
  const origin = new URL(await child.says(/GraphQL\s+(http:\S+)/)).origin
  const other = { query: 'query Other { products(first: 1, filter: { search: "secret" }) { nodes { id } } }' }
  for (const _ of ['admitted', 'run', 'from memory']) expect(await ask(origin, other)).toMatchObject({ status: 200 })
  const variables = { first: 1 }
  expect(await ask(origin, { query: BODY, variables })).toMatchObject(FOUND)
  expect(await ask(origin, { ...persisted(ID), variables })).toMatchObject(FOUND)
  const own = '{ __typename }'
  const hash = createHash('sha256').update(own).digest('hex')
  expect(await ask(origin, { query: own, ...persisted(hash) })).toMatchObject({ status: 200 })
  expect(await ask(origin, persisted(hash))).toMatchObject({ status: 200 })
  expect(child.output().match(/"operationName":"Other".*an operation that is not on the list was sent/g)).toHaveLength(
    3,
  )
  expect(child.output()).toContain(
    String.raw`"document":"query Other {\n  products(first: 0, filter: {search: \"\"}) {`,
  )
  expect(child.output()).not.toContain('secret')
  expect(child.output()).not.toContain('"operationName":"Catalogue"')
})

test.each([
  ['no such file', 'nowhere.json', /nowhere\.json cannot be read/],
  ['no manifest', 'package.json', /package\.json is no manifest of operations: format/],
  ['an empty folder', 'dev', /no manifest in dev/],
])('%s is told in one sentence', async (_, path, message) => {
  await using child = startChild(['gateway/main.ts'], {
    PERSISTED_OPERATIONS: 'safelist',
    OPERATIONS_MANIFEST: path,
    DATA_DIR: join(folder, 'own'),
  })
  expect(await child.ended()).toBe(1)
  expect(child.errors()).toMatch(message)
  expect(child.errors().trim().split('\n')).toHaveLength(1)
})
