import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AUDIENCE, ISSUER } from '../../platform/identity/access-tokens.ts'
import { createPassportControl } from '../../platform/identity/passport.ts'
import { clientOf } from '../support/graph-client.ts'
import { SHARED_KEYS, startGatewayOver } from '../support/ill-subgraphs.ts'
import { startGraph } from '../support/start-graph.ts'

const resources = new AsyncDisposableStack()
afterAll(() => resources.disposeAsync())

const pair = await generateKeyPair('EdDSA', { extractable: true })
const KEY_SET = JSON.stringify({
  keys: [{ ...(await exportJWK(pair.publicKey)), kid: 'the-key', alg: 'EdDSA', use: 'sig' }],
})
const CLAIMS = {
  iss: ISSUER,
  aud: AUDIENCE,
  sub: 'user_00000000000000000000000001',
  sid: 'session_00000000000000000000000001',
  role: 'ADMIN',
}

let graphql: string
/** How often the keys were asked for. */
let asked = 0
beforeAll(async () => {
  const keys = createServer((_, response) => {
    asked++
    response.setHeader('content-type', 'application/json').end(KEY_SET)
  }).listen(0, '127.0.0.1')
  resources.defer(() => void keys.close())
  await once(keys, 'listening')
  const address = keys.address()
  const jwksUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
  const graph = resources.use(await startGraph({ environment: SHARED_KEYS }))
  graphql = await startGatewayOver(graph, { instead: {}, jwksUrl }, resources)
})

const segment = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = () => Math.floor(Date.now() / 1_000)

async function statusOf(token: string): Promise<number> {
  return (await clientOf(graphql, { authorization: `Bearer ${token}` }).send('{ viewer { id } }')).status
}

const signed = (header: { kid?: string }) =>
  new SignJWT({ ...CLAIMS, exp: now() + 600 })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: 'the-key', ...header })
    .sign(pair.privateKey)

test('a token of a known key is accepted, and its keys are read once', async () => {
  for (let count = 0; count < 5; count++) expect(await statusOf(await signed({}))).toBe(200)
  expect(asked).toBe(1)
})

test.each(['none', 'None', 'NONE'])('a token of the algorithm %s is refused', async (alg) => {
  const body = segment({ ...CLAIMS, exp: now() + 600 })
  for (const signature of ['', 'AAAA', (await signed({})).split('.')[2]])
    expect(await statusOf(`${segment({ alg, typ: 'at+jwt', kid: 'the-key' })}.${body}.${signature}`)).toBe(401)
})

test('a flood of tokens of unknown keys is refused, and does not become one to where keys are read', async () => {
  const before = asked
  const tokens = await Promise.all(Array.from({ length: 100 }, (_, at) => signed({ kid: `unknown-${at}` })))
  const begin = performance.now()
  for (const token of tokens) expect(await statusOf(token)).toBe(401)
  // Once in 5 s.
  expect(asked - before).toBeLessThanOrEqual(1 + Math.ceil((performance.now() - begin) / 5_000))
  expect(await statusOf(await signed({}))).toBe(200)
})

const SECRET = 'a passport key that is long enough for all'

/** A passport that was made at a time, and by whom. */
const passport = (claims: Record<string, unknown>, at = now(), secret = SECRET) =>
  new SignJWT({ viewer: null, aud: 'todos', iat: at, exp: at + 60, ...claims })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new TextEncoder().encode(secret))

test.each<[string, () => Promise<string>, boolean]>([
  ['of now', () => passport({}), true],
  ['of a clock that is 119 s ahead', () => passport({}, now() + 119), true],
  ['of a clock that is 119 s behind', () => passport({}, now() - 119), true],
  ['of a clock that is 200 s ahead', () => passport({}, now() + 200), false],
  ['that is 200 s old', () => passport({}, now() - 200), false],
  ['for another subgraph', () => passport({ aud: 'orders' }), false],
  ['of another key', () => passport({}, now(), 'some other key that is long enough'), false],
  ['for longer than passports are', () => passport({ exp: now() + 86_400 }, now() - 300), false],
  ['of no age', () => passport({ iat: undefined }), false],
  ['of nobody in particular', () => passport({ viewer: undefined }), false],
  [
    'with a role that there is none of',
    () => passport({ viewer: { sub: CLAIMS.sub, sid: CLAIMS.sid, role: 'ROOT' } }),
    false,
  ],
  ['without a signature', async () => `${segment({ alg: 'none' })}.${segment({ viewer: null, aud: 'todos' })}.`, false],
])('a passport %s: accepted or not', async (_, make, isAccepted) => {
  const control = createPassportControl('todos', [SECRET])
  expect((await control(await make())) !== 'invalid').toBe(isAccepted)
})
