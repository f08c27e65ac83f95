import { afterAll, beforeAll, expect, test } from 'vitest'
import { newSigningKey } from '../../platform/identity/keys.ts'
import { startSupergraph } from '../../start.ts'
import { clientOf } from '../support/graph-client.ts'
import { SIGN_IN, SIGN_UP } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

const REFRESH = `mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on RefreshSessionSuccess { tokens { accessToken refreshToken } }
    ... on Error { message }
  }
}`
const SIGN_OUT = 'mutation ($input: SignOutInput!) { signOut(input: $input) { endedSessionCount } }'
const WHO = '{ viewer { id username email role sessions { id isCurrent userAgent } } }'

const refresh = async (refreshToken: string) =>
  (await graph.anonymous.data(REFRESH, { input: { refreshToken } })).refreshSession

test('somebody who signs up is signed in, and sees what is theirs', async () => {
  const { signUp } = await graph.anonymous.data(
    `mutation ($input: SignUpInput!) { signUp(input: $input) { __typename ... on SignUpSuccess {
      user { id username displayName email role createdAt sessions { isCurrent } } tokens { accessToken } } } }`,
    { input: { username: 'new_here', email: 'New.Here@example.com', password: 'twelve chars at least' } },
  )
  expect(signUp.user).toMatchObject({
    username: 'new_here',
    displayName: 'new_here',
    email: 'New.Here@example.com',
    role: 'CUSTOMER',
    sessions: [{ isCurrent: true }],
  })
  const { viewer } = await graph.clientWith(signUp.tokens.accessToken).data(WHO)
  expect(viewer.id).toBe(signUp.user.id)
})

test('a username and an e-mail address belong to one account, whatever their case', async () => {
  const someone = await graph.person()
  const again = { username: 'somebody_else', email: someone.email.toUpperCase(), password: 'twelve chars at least' }
  expect((await graph.anonymous.data(SIGN_UP, { input: again })).signUp.__typename).toBe('EmailTaken')
  const sameName = { username: someone.username, email: 'other@example.com', password: 'twelve chars at least' }
  expect((await graph.anonymous.data(SIGN_UP, { input: sameName })).signUp.__typename).toBe('UsernameTaken')
})

test('a sign-up that breaks rules is told all of them at once', async () => {
  const input = { username: 'No Good', displayName: ' ', email: 'a@example.com', password: 'short' }
  const { signUp } = await graph.anonymous.data(SIGN_UP, { input })
  expect(signUp.__typename).toBe('InvalidInput')
  expect(signUp.fields.map(({ path }: { path: string[] }) => path.join('.')).sort()).toEqual([
    'displayName',
    'password',
    'username',
  ])
})

test('a wrong password and an unknown account look the same', async () => {
  const { email } = await graph.person()
  const wrong = await graph.anonymous.data(SIGN_IN, { input: { email, password: 'not the password' } })
  const unknown = await graph.anonymous.data(SIGN_IN, {
    input: { email: 'nobody@example.com', password: 'not the password' },
  })
  expect(wrong).toEqual(unknown)
  expect(wrong.signIn.__typename).toBe('InvalidCredentials')
})

test('ten failures lock an account for a while, also for the right password, and no other account', async () => {
  const { email, password } = await graph.person()
  const attempts = await Promise.all(
    Array.from({ length: 10 }, () => graph.anonymous.data(SIGN_IN, { input: { email, password: 'wrong password' } })),
  )
  expect(attempts.map(({ signIn }) => signIn.__typename)).toEqual(Array(10).fill('InvalidCredentials'))
  const { signIn } = await graph.anonymous.data(SIGN_IN, { input: { email, password } })
  expect(signIn.__typename).toBe('TooManyAttempts')
  expect(Date.parse(signIn.retryAt)).toBeGreaterThan(Date.now())
  const other = await graph.person()
  expect(
    (await graph.anonymous.data(SIGN_IN, { input: { email: other.email, password: other.password } })).signIn
      .__typename,
  ).toBe('SignInSuccess')
})

test('a hundred failures from one address lock that address, and no other', async () => {
  await using own = await startGraph({ environment: { TRUSTED_PROXIES: '1' } })
  const from = (address: string) => own.clientWith('', { authorization: '', 'x-forwarded-for': address })
  const { email, password } = await own.person()
  await own.database.sql(
    `insert into users.sign_in_failures values ('address 192.0.2.1', 100, now() + interval '1 minute')`,
  )
  expect((await from('192.0.2.1').data(SIGN_IN, { input: { email, password } })).signIn.__typename).toBe(
    'TooManyAttempts',
  )
  expect((await from('192.0.2.2').data(SIGN_IN, { input: { email, password } })).signIn.__typename).toBe(
    'SignInSuccess',
  )
})

test('a success takes failures off the count', async () => {
  const { email, password } = await graph.person()
  for (let round = 0; round < 3; round++) {
    for (let failure = 0; failure < 5; failure++)
      await graph.anonymous.data(SIGN_IN, { input: { email, password: 'wrong password' } })
    expect((await graph.anonymous.data(SIGN_IN, { input: { email, password } })).signIn.__typename).toBe(
      'SignInSuccess',
    )
  }
})

test('a refresh token is exchanged once, and a second use ends the session', async () => {
  const someone = await graph.person()
  const first = await refresh(someone.refreshToken)
  expect(first.__typename).toBe('RefreshSessionSuccess')
  const second = await refresh(first.tokens.refreshToken)
  expect(second.__typename).toBe('RefreshSessionSuccess')
  expect((await refresh(someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
  expect((await refresh(second.tokens.refreshToken)).__typename).toBe('InvalidRefreshToken')
  expect((await graph.clientWith(second.tokens.accessToken).send(WHO)).status).toBe(401)
})

test('a client that lost the answer gets the same refresh token again, for ten seconds', async () => {
  const someone = await graph.person()
  const answers = await Promise.all([
    refresh(someone.refreshToken),
    refresh(someone.refreshToken),
    refresh(someone.refreshToken),
  ])
  expect(new Set(answers.map(({ tokens }) => tokens.refreshToken)).size).toBe(1)
  await graph.database.sql(
    `update users.refresh_tokens set used_at = used_at - interval '11 s' where used_at is not null`,
  )
  expect((await refresh(someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
})

test('an unknown refresh token is refused', async () => {
  expect((await refresh('made up')).__typename).toBe('InvalidRefreshToken')
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
  expect((await refresh(someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
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

const CHANGE_PASSWORD = `mutation ($input: ChangePasswordInput!) { changePassword(input: $input) {
  __typename ... on ChangePasswordSuccess { tokens { accessToken refreshToken } } ... on Error { message } } }`

test('a changed password is the only one, and ends every other session', async () => {
  const someone = await graph.person()
  const elsewhere = (
    await graph.anonymous.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })
  ).signIn.tokens
  const newPassword = 'a different password'
  const { changePassword } = await someone.data(CHANGE_PASSWORD, {
    input: { currentPassword: someone.password, newPassword },
  })
  expect(changePassword.__typename).toBe('ChangePasswordSuccess')
  expect((await graph.clientWith(changePassword.tokens.accessToken).data(WHO)).viewer.sessions).toHaveLength(1)
  expect((await graph.clientWith(elsewhere.accessToken).send(WHO)).status).toBe(401)
  expect((await refresh(someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
  expect((await refresh(changePassword.tokens.refreshToken)).__typename).toBe('RefreshSessionSuccess')
  expect(
    (await graph.anonymous.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })).signIn
      .__typename,
  ).toBe('InvalidCredentials')
  expect(
    (await graph.anonymous.data(SIGN_IN, { input: { email: someone.email, password: newPassword } })).signIn.__typename,
  ).toBe('SignInSuccess')
})

test('a password is not changed without the current one, and guessing it is throttled', async () => {
  const someone = await graph.person()
  const guess = { currentPassword: 'not the password', newPassword: 'a different password' }
  for (let attempt = 0; attempt < 10; attempt++)
    expect((await someone.data(CHANGE_PASSWORD, { input: guess })).changePassword.__typename).toBe('InvalidCredentials')
  const { data, errors } = await someone.send(CHANGE_PASSWORD, {
    input: { ...guess, currentPassword: someone.password },
  })
  expect(data).toEqual({ changePassword: null })
  expect(errors[0]?.extensions.code).toBe('RATE_LIMITED')
})

test('who signs in within an operation sees what is theirs there, and the rest of it goes on as it came', async () => {
  const [one, other] = [await graph.person(), await graph.person()]
  const { signIn, updateProfile } = await other.data(
    `mutation ($input: SignInInput!) {
      signIn(input: $input) { ... on SignInSuccess { user { email sessions { isCurrent } } } }
      updateProfile(input: { displayName: "Renamed" }) { ... on UpdateProfileSuccess { user { id displayName } } }
    }`,
    { input: { email: one.email, password: one.password } },
  )
  expect(signIn.user).toEqual({ email: one.email, sessions: [{ isCurrent: true }, { isCurrent: false }] })
  expect(updateProfile.user).toEqual({ id: other.id, displayName: 'Renamed' })
  expect(
    (await graph.anonymous.data(SIGN_IN, { input: { email: one.email, password: one.password } })).signIn.user.email,
  ).toBe(one.email)
})

test('of a sign-in with the old password and a change of password at once no old session is left', async () => {
  for (let round = 0; round < 5; round++) {
    const someone = await graph.person()
    const input = { email: someone.email, password: someone.password }
    const change = { currentPassword: someone.password, newPassword: 'a different password' }
    const [{ signIn }, { changePassword }] = await Promise.all([
      graph.anonymous.data(SIGN_IN, { input }),
      someone.data(CHANGE_PASSWORD, { input: change }),
    ])
    expect(changePassword.__typename).toBe('ChangePasswordSuccess')
    const { viewer } = await graph.clientWith(changePassword.tokens.accessToken).data(WHO)
    expect(viewer.sessions).toHaveLength(1)
    if (signIn.__typename === 'SignInSuccess')
      expect((await graph.clientWith(signIn.tokens.accessToken).send(WHO)).status).toBe(401)
  }
})

test('a refresh token that was exchanged with a key that is gone by now still gives the same successor', async () => {
  const [oldKey, newKey] = [await newSigningKey(), await newSigningKey()]
  await using own = await startGraph({ environment: { ACCESS_TOKEN_KEYS: JSON.stringify([oldKey, newKey]) } })
  const someone = await own.person()
  const exchange = async (client: typeof own.anonymous) =>
    (await client.data(REFRESH, { input: { refreshToken: someone.refreshToken } })).refreshSession
  const first = await exchange(own.anonymous)
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
  const again = await exchange(clientOf(`http://127.0.0.1:${gatewayPort}/graphql`))
  expect(again.tokens.refreshToken).toBe(first.tokens.refreshToken)
})
