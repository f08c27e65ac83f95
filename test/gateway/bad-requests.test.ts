import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { expectRefused, operation, type Refused } from '../support/refused.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

const expectRequestRefused = (request: Refused) => expectRefused(graph.origin, request)

test.each([
  ['no JSON', '{"query": ', 'BAD_REQUEST'],
  ['an empty body', '', 'BAD_REQUEST'],
  ['a JSON string', '"text"', 'BAD_REQUEST'],
  ['a JSON array', '[]', 'BAD_REQUEST'],
  ['no query', '{"variables":{}}', 'BAD_REQUEST'],
  ['a query that is a number', '{"query":5}', 'BAD_REQUEST'],
  ['variables that are a string', '{"query":"{ __typename }","variables":"x"}', 'BAD_REQUEST'],
  ['a syntax error', operation('{ products('), 'GRAPHQL_PARSE_FAILED'],
  ['an unknown field', operation('{ producs { id } }'), 'GRAPHQL_VALIDATION_FAILED'],
  ['a wrong type of argument', operation('{ product(id: {}) { id } }'), 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a wrong type of variable',
    operation('query ($first: Int) { products(first: $first) { nodes { id } } }', { first: 'ten' }),
    'BAD_USER_INPUT',
  ],
  ['a missing variable', operation('query ($id: ID!) { product(id: $id) { id } }'), 'BAD_USER_INPUT'],
  [
    'several operations without a name',
    operation('query A { __typename } query B { __typename }'),
    'OPERATION_RESOLUTION_FAILURE',
  ],
  ['the name of no operation', operation('query A { __typename }', {}, 'B'), 'OPERATION_RESOLUTION_FAILURE'],
  ['a subscription', operation('subscription { products { nodes { id } } }'), 'OPERATION_RESOLUTION_FAILURE'],
  [
    'a variable that no object can hold',
    '{"query":"query ($__proto__: ID!) { node(id: $__proto__) { id } }","variables":{"__proto__":"product_x"}}',
    'OPERATION_RESOLUTION_FAILURE',
  ],
  ['more tokens than allowed', operation(`{ ${'a:__typename '.repeat(1000)} }`), 'GRAPHQL_PARSE_FAILED'],
  ['a document that is nested very deeply', operation(`{ ${'a { '.repeat(20_000)}`), 'GRAPHQL_PARSE_FAILED'],
])('%s is refused', async (_, body, code) => {
  await expectRequestRefused({ body, code })
})

test.each([
  ['another content type', { 'content-type': 'text/plain' }],
  ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
  ['a form with files', { 'content-type': 'multipart/form-data; boundary=x' }],
  ['the type of documents', { 'content-type': 'application/graphql' }],
  ['a type that only begins like JSON', { 'content-type': 'application/jsonx' }],
  ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
  ['a compressed body', { 'content-encoding': 'gzip' }],
])('%s is refused', async (_, headers) => {
  await expectRequestRefused({ body: operation('{ __typename }'), code: 'BAD_REQUEST', status: 415, headers })
})

test.each([
  ['gzip', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
])('a bomb of %s is refused before it is unpacked', async (encoding, compress) => {
  const response = await fetch(`${graph.origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'content-encoding': encoding },
    body: compress(Buffer.alloc(10_000_000, ' ')),
  })
  expect(response.status).toBe(415)
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'BAD_REQUEST' } }] })
})

test.each(['PUT', 'DELETE', 'PATCH'])('%s is refused, and told what is allowed', async (method) => {
  const response = await fetch(`${graph.origin}/graphql`, { method, headers: { 'content-type': 'application/json' } })
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST'])
})

test('a wrong token is told in the type that the client prefers', async () => {
  const accept = 'application/graphql-response+json, application/json;q=0.9'
  const response = await fetch(`${graph.origin}/graphql`, {
    method: 'POST',
    headers: { accept, 'content-type': 'application/json', authorization: 'Bearer wrong' },
    body: '{"query":"{ __typename }"}',
  })
  expect(response.headers.get('content-type')).toContain('application/graphql-response+json')
  expect(await response.json()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
})

test('a query by GET is answered, whatever its content type says of the body that it does not have', async () => {
  const response = await fetch(`${graph.origin}/graphql?query=${encodeURIComponent('{ __typename }')}`, {
    headers: { 'content-type': 'application/json' },
  })
  expect(await response.json()).toEqual({ data: { __typename: 'Query' } })
})

test('a persisted query whose hash is wrong is refused', async () => {
  const body = JSON.stringify({
    query: '{ __typename }',
    extensions: { persistedQuery: { version: 1, sha256Hash: 'ab' } },
  })
  await expectRequestRefused({ body, code: 'BAD_REQUEST' })
})

test('a body of 10 MB is refused, and the client gets to read why', async () => {
  const body = operation('{ __typename }', { text: 'x'.repeat(10_000_000) })
  await expectRequestRefused({ body, code: 'PAYLOAD_TOO_LARGE', status: 413 })
})

test.each([
  ['no scheme', 'abc'],
  ['another scheme', 'Basic YTpi'],
  ['no token', 'Bearer'],
  ['garbage', 'Bearer garbage'],
  [
    'a token without signature',
    `Bearer ${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"x"}').toString('base64url')}.`,
  ],
  ['a very long token', `Bearer ${'x'.repeat(8_000)}`],
])('an Authorization header with %s is refused', async (_, authorization) => {
  const body = operation('{ viewer { id } }')
  await expectRequestRefused({ body, code: 'UNAUTHENTICATED', status: 401, headers: { authorization } })
})
