import type { RequestListener } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AUDIENCE, ISSUER } from '../../platform/identity/access-tokens.ts'
import type { Person } from '../support/people.ts'
import { costOf } from '../support/counters.ts'
import { clientOf } from '../support/graph-client.ts'
import { startGatewayOver } from '../support/ill-subgraphs.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person
const signer = await generateKeyPair('EdDSA', { extractable: true })
const stranger = await generateKeyPair('EdDSA')

beforeAll(async () => {
  const key = { ...(await exportJWK(signer.privateKey)), alg: 'EdDSA', kid: 'the-key' }
  graph = await startGraph({ environment: { ACCESS_TOKEN_KEYS: JSON.stringify([key]), RESPONSE_CACHE: 'off' } })
  someone = await graph.person()
})
afterAll(() => graph[Symbol.asyncDispose]())

const WHO = '{ viewer { id role } }'

/** An access token as users would sign it, but for what is changed. */
async function token(
  changes: Record<string, unknown> = {},
  { key = signer.privateKey, header = {} }: { key?: CryptoKey | Uint8Array; header?: object } = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: someone.id,
    role: 'CUSTOMER',
    sid: 'session_00000000000000000000000000',
    iat: now,
    exp: now + 600,
    ...changes,
  }
  return new SignJWT(claims).setProtectedHeader({ alg: 'EdDSA', kid: 'the-key', typ: 'at+jwt', ...header }).sign(key)
}

test('a token that users signed is accepted', async () => {
  expect(await graph.clientWith(await token()).data(WHO)).toEqual({ viewer: { id: someone.id, role: 'CUSTOMER' } })
})

test.each([
  ['of another issuer', { iss: 'someone else' }],
  ['for another audience', { aud: 'something else' }],
  ['without an end', { exp: undefined }],
  ['of no user', { sub: 'todo_00000000000000000000000000' }],
  ['with an unknown role', { role: 'ROOT' }],
  ['without a session', { sid: undefined }],
])('a token %s is refused', async (_, changes) => {
  const { status, errors } = await graph.clientWith(await token(changes)).send(WHO)
  expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 401, code: 'UNAUTHENTICATED' })
})

test('an expired token is refused, and told from a wrong one', async () => {
  const { status, errors } = await graph.clientWith(await token({ exp: Math.floor(Date.now() / 1_000) - 1 })).send(WHO)
  expect(status).toBe(401)
  expect(errors[0]?.message).toBe('The access token has expired. Refresh the session, or sign in again.')
})

test('a token of another key, of a symmetric key and of another type is refused', async () => {
  const publicKey = new TextEncoder().encode(JSON.stringify(await exportJWK(signer.publicKey)))
  const forged = [
    await token({ role: 'ADMIN' }, { key: stranger.privateKey }),
    await token({ role: 'ADMIN' }, { key: publicKey, header: { alg: 'HS256' } }),
    await token({}, { header: { typ: 'JWT' } }),
    await token({}, { header: { kid: 'unknown' } }),
  ]
  for (const text of forged) expect((await graph.clientWith(text).send(WHO)).status).toBe(401)
})

test('headers that a client sends never become identity, and no subgraph gets to see them', async () => {
  const admin = await graph.administrator()
  const headers = { 'x-passport': 'x', 'x-user-id': admin.id, 'x-role': 'ADMIN', 'x-client-address': '192.0.2.1' }
  const client = graph.clientWith('', { authorization: '', ...headers })
  expect(await client.send(WHO)).toMatchObject({ data: { viewer: null }, errors: [] })
  const seen: string[] = []
  await using resources = new AsyncDisposableStack()
  const users: RequestListener = ({ method, rawHeaders }, response) => {
    // The list of ended sessions is read by itself.
    if (method === 'POST') seen.push(...rawHeaders.map((each) => each.toLowerCase()))
    response.setHeader('content-type', 'application/json').end('{"data":{"viewer":null}}')
  }
  const url = await startGatewayOver(graph, { instead: { users } }, resources)
  await clientOf(url, headers).send(WHO)
  expect(seen.filter((each) => each in headers && each !== 'x-passport' && each !== 'x-client-address')).toEqual([])
  expect(seen.filter((each) => each === 'x-passport')).toHaveLength(1)
  for (const value of Object.values(headers)) expect(seen).not.toContain(value.toLowerCase())
  expect(seen[seen.indexOf('x-client-address') + 1]).toBe('127.0.0.1')
})

test('a viewer that was seen before costs no further request or statement', async () => {
  const client = graph.clientWith(await token())
  await client.data(WHO)
  expect(await costOf(() => client.data(WHO))).toMatchObject({ fetches: 1, statements: 1 })
})

test('web pages of listed origins may use the API, and no others', async () => {
  await using own = await startGraph({
    environment: { CORS_ORIGINS: 'https://shop.example.com, http://localhost:5173' },
  })
  const headers = { 'access-control-request-method': 'POST', 'content-type': 'application/json' }
  const ask = (origin: string) => fetch(`${own.origin}/graphql`, { method: 'OPTIONS', headers: { ...headers, origin } })
  const post = (origin: string) =>
    fetch(`${own.origin}/graphql`, {
      method: 'POST',
      headers: { ...headers, origin },
      body: '{"query":"{ __typename }"}',
    })
  const allowed = await ask('http://localhost:5173')
  expect(allowed.status).toBe(204)
  expect(Object.fromEntries(allowed.headers)).toMatchObject({
    'access-control-allow-origin': 'http://localhost:5173',
    'access-control-allow-methods': 'GET, POST',
    'x-content-type-options': 'nosniff',
    vary: 'Origin',
  })
  const allowedOrigin = async (answer: Promise<Response>) => (await answer).headers.get('access-control-allow-origin')
  expect(await allowedOrigin(post('http://localhost:5173'))).toBe('http://localhost:5173')
  expect(await allowedOrigin(ask('https://evil.example.com'))).toBeNull()
  expect(await allowedOrigin(post('https://evil.example.com'))).toBeNull()
})
