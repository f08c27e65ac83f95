import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../platform/ids.ts'
import { newSigningKey } from '../../platform/identity/keys.ts'
import { openBackgroundDatabase, placeOf } from '../../platform/subgraph/place.ts'
import { pruneSessions } from '../../subgraphs/users/session-store.ts'
import { startSupergraph } from '../../start.ts'
import { clientOf } from '../support/graph-client.ts'
import { refresh, SIGN_IN, WHO } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

const SIGN_OUT = 'mutation ($input: SignOutInput!) { signOut(input: $input) { endedSessionCount } }'

test('a refresh token is exchanged once, and a second use ends the session', async () => {
  const someone = await graph.person()
  const first = await refresh(graph.anonymous, someone.refreshToken)
  expect(first.__typename).toBe('RefreshSessionSuccess')
  const second = await refresh(graph.anonymous, first.tokens.refreshToken)
  expect(second.__typename).toBe('RefreshSessionSuccess')
  expect((await refresh(graph.anonymous, someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
  expect((await refresh(graph.anonymous, second.tokens.refreshToken)).__typename).toBe('InvalidRefreshToken')
  expect((await graph.clientWith(second.tokens.accessToken).send(WHO)).status).toBe(401)
})

test('a client that lost the answer gets the same refresh token again, for ten seconds', async () => {
  const someone = await graph.person()
  const answers = await Promise.all([
    refresh(graph.anonymous, someone.refreshToken),
    refresh(graph.anonymous, someone.refreshToken),
    refresh(graph.anonymous, someone.refreshToken),
  ])
  expect(new Set(answers.map(({ tokens }) => tokens.refreshToken)).size).toBe(1)
  await graph.database.sql(
    `update users.refresh_tokens set used_at = used_at - interval '11 s' where used_at is not null`,
  )
  expect((await refresh(graph.anonymous, someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
})

test('an unknown refresh token is refused', async () => {
  expect((await refresh(graph.anonymous, 'made up')).__typename).toBe('InvalidRefreshToken')
})

test('signing out ends this session at once, and no other', async () => {
  const someone = await graph.person()
  const elsewhere = (
    await graph.anonymous.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })
  ).signIn.tokens
  expect(await someone.data(SIGN_OUT, { input: {} })).toEqual({ signOut: { endedSessionCount: 1 } })
  const refused = await someone.send(WHO)
  expect(refused.status).toBe(401)
  expect(refused.errors[0]?.extensions.code).toBe('UNAUTHENTICATED')
  expect((await refresh(graph.anonymous, someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
  expect((await graph.clientWith(elsewhere.accessToken).data(WHO)).viewer.sessions).toHaveLength(1)
})

test('signing out everywhere ends every session', async () => {
  const someone = await graph.person()
  const elsewhere = (
    await graph.anonymous.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })
  ).signIn.tokens
  expect(await someone.data(SIGN_OUT, { input: { everywhere: true } })).toEqual({ signOut: { endedSessionCount: 2 } })
  expect((await graph.clientWith(elsewhere.accessToken).send(WHO)).status).toBe(401)
})

test('a session tells the client that it began with, and which one this is', async () => {
  const someone = await graph.person()
  const phone = graph.clientWith('', { authorization: '', 'user-agent': 'A phone' })
  const { signIn } = await phone.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })
  const { viewer } = await graph.clientWith(signIn.tokens.accessToken).data(WHO)
  expect(viewer.sessions).toEqual([
    expect.objectContaining({ userAgent: 'A phone', isCurrent: true }),
    expect.objectContaining({ isCurrent: false }),
  ])
})

test('a refresh token that was exchanged with a key that is gone by now still gives the same successor', async () => {
  const [oldKey, newKey] = [await newSigningKey(), await newSigningKey()]
  await using own = await startGraph({ environment: { ACCESS_TOKEN_KEYS: JSON.stringify([oldKey, newKey]) } })
  const someone = await own.person()
  const first = await refresh(own.anonymous, someone.refreshToken)
  const options = {
    environment: {
      PORT: '0',
      USERS_PORT: '0',
      TODOS_PORT: '0',
      PRODUCTS_PORT: '0',
      ORDERS_PORT: '0',
      DATA_DIR: own.dataDir,
      ACCESS_TOKEN_KEYS: JSON.stringify([newKey, oldKey]),
    },
    databaseUrl: own.database.url,
    hasDemoData: false,
  }
  await using rotated = new AsyncDisposableStack()
  const { gatewayPort } = await startSupergraph(options, rotated)
  const again = await refresh(clientOf(`http://127.0.0.1:${gatewayPort}/graphql`), someone.refreshToken)
  expect(again.tokens.refreshToken).toBe(first.tokens.refreshToken)
})

test('what ended long ago is removed, and nothing else, also when it is much', async () => {
  const someone = await graph.person()
  const old = await graph.person()
  await graph.database.sql(`update users.sessions set expires_at = now() - interval '1 s' where account_id = $1`, [
    uuidOf(old.id),
  ])
  await graph.database.sql(
    `insert into users.refresh_tokens (hash, session_id, used_at)
     select sha256(n::text::bytea), (select id from users.sessions where account_id = $1), now() - interval '8 days'
     from generate_series(1, 12000) n`,
    [uuidOf(someone.id)],
  )
  await graph.database.sql(
    `insert into users.revocations select gen_random_uuid(), now() - interval '1 hour' from generate_series(1, 12000)`,
  )
  await using resources = new AsyncDisposableStack()
  const database = resources.use(openBackgroundDatabase(placeOf('users', undefined, graph.database.url)))
  await pruneSessions(database, 1_200)
  const count = async (from: string) =>
    (await graph.database.sql(`select count(*)::integer as count from users.${from}`))[0]?.count
  expect(await count(`refresh_tokens where used_at < now() - interval '7 days'`)).toBe(0)
  expect(await count(`revocations where revoked_at < now() - interval '30 minutes'`)).toBe(0)
  expect(await count(`sessions where expires_at < now()`)).toBe(0)
  expect((await refresh(graph.anonymous, someone.refreshToken)).__typename).toBe('RefreshSessionSuccess')
})
