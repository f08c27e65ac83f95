import { uuidOf, type UserId } from '../../platform/ids.ts'
import type { TestDatabase } from './database.ts'
import type { GraphClient } from './graph-client.ts'

/** Somebody with an account, signed in. */
export interface Person extends GraphClient {
  id: UserId
  username: string
  email: string
  password: string
  accessToken: string
  refreshToken: string
}

export interface People {
  /** Signs somebody new up. */
  person: () => Promise<Person>
  /** Signs an administrator up. */
  administrator: () => Promise<Person>
}

export const SIGN_UP = `mutation ($input: SignUpInput!) {
  signUp(input: $input) {
    __typename
    ... on SignUpSuccess { user { id } tokens { accessToken refreshToken } }
    ... on Error { message }
    ... on InvalidInput { fields { path message } }
  }
}`

export const SIGN_IN = `mutation ($input: SignInInput!) {
  signIn(input: $input) {
    __typename
    ... on SignInSuccess { user { id username email role } tokens { accessToken refreshToken accessTokenExpiresAt refreshTokenExpiresAt } }
    ... on TooManyAttempts { message retryAt }
    ... on Error { message }
  }
}`

const REFRESH = `mutation ($input: RefreshSessionInput!) {
  refreshSession(input: $input) {
    __typename
    ... on RefreshSessionSuccess { tokens { accessToken refreshToken } }
    ... on Error { message }
  }
}`

/** Who somebody is, and where else they are signed in. */
export const WHO = '{ viewer { id username email role sessions { id isCurrent userAgent } } }'

/** Exchanges a refresh token. */
export async function refresh(client: GraphClient, refreshToken: string) {
  return (await client.data(REFRESH, { input: { refreshToken } })).refreshSession
}

let count = 0

/** Makes people through the front door, as clients do. */
export function createPeople(
  anonymous: GraphClient,
  clientWith: (accessToken: string) => GraphClient,
  database: TestDatabase,
): People {
  async function person(): Promise<Person> {
    const username = `person_${process.pid}_${++count}`
    const account = { username, email: `${username}@example.com`, password: `a long password of ${username}` }
    const { signUp } = await anonymous.data(SIGN_UP, { input: account })
    return { ...account, id: signUp.user.id, ...signUp.tokens, ...clientWith(signUp.tokens.accessToken) }
  }

  async function administrator(): Promise<Person> {
    const someone = await person()
    await database.sql(`update users.accounts set role = 'ADMIN' where id = $1`, [uuidOf(someone.id)])
    const { signIn } = await anonymous.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })
    return { ...someone, ...signIn.tokens, ...clientWith(signIn.tokens.accessToken) }
  }

  return { person, administrator }
}
