import { afterAll, beforeAll, expect, test } from 'vitest'
import { SIGN_IN, SIGN_UP, WHO } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

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
  const fail = async () =>
    (await graph.anonymous.data(SIGN_IN, { input: { email, password: 'wrong password' } })).signIn.__typename
  for (let round = 0; round < 2; round++)
    expect(await Promise.all(Array.from({ length: 5 }, fail))).toEqual(Array(5).fill('InvalidCredentials'))
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

test('a hundred sign-ins of an account are enough for a while, however they go', async () => {
  const { email, password } = await graph.person()
  await graph.database.sql(`insert into users.sign_in_failures values ($1, 99, now() + interval '1 minute')`, [
    `attempts ${email}`,
  ])
  const signIn = async () => (await graph.anonymous.data(SIGN_IN, { input: { email, password } })).signIn.__typename
  expect(await signIn()).toBe('SignInSuccess')
  expect(await signIn()).toBe('TooManyAttempts')
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
