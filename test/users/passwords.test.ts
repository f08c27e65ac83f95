import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { idOf, uuidOf } from '../../platform/ids.ts'
import { openBackgroundDatabase, placeOf } from '../../platform/subgraph/place.ts'
import { findRefreshToken, replaceRefreshTokens, rotateRefreshToken } from '../../subgraphs/users/session-store.ts'
import { refresh, SIGN_IN, WHO } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

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
  expect((await refresh(graph.anonymous, someone.refreshToken)).__typename).toBe('InvalidRefreshToken')
  expect((await refresh(graph.anonymous, changePassword.tokens.refreshToken)).__typename).toBe('RefreshSessionSuccess')
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

const bytes = (value: unknown) => z.instanceof(Buffer).parse(value)

test('a refresh token that is exchanged while the password is changed does not outlive the change', async () => {
  const someone = await graph.person()
  const [own] = await graph.database.sql(
    `select s.id, t.hash from users.sessions s join users.refresh_tokens t on t.session_id = s.id where account_id = $1`,
    [uuidOf(someone.id)],
  )
  const [session, hash, successor] = [idOf('session', String(own?.id)), bytes(own?.hash), randomBytes(32)]
  await using resources = new AsyncDisposableStack()
  const database = resources.use(openBackgroundDatabase(placeOf('users', undefined, graph.database.url)))
  const inAWeek = new Date(Date.now() + 604_800_000)
  const locked = Promise.withResolvers<void>()
  const exchanging = database.transaction(async (queries) => {
    await findRefreshToken(queries, hash, [successor])
    locked.resolve()
    await sleep(300)
    await rotateRefreshToken(queries, hash, successor, inAWeek)
  })
  await locked.promise
  await database.transaction((queries) => replaceRefreshTokens(queries, session, randomBytes(32), inAWeek))
  await exchanging
  const left = await graph.database.sql('select hash from users.refresh_tokens where session_id = $1', [own?.id])
  expect(left).toHaveLength(1)
  expect(bytes(left[0]?.hash)).not.toEqual(successor)
})
