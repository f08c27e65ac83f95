import type { ApolloClient } from '@apollo/client'
import { REFRESH_SESSION, SIGN_IN } from './operations.ts'

/** Whoever is signed in; access tokens last ten minutes, and each refresh token works once. */
export class Session {
  accessToken: string | undefined
  refreshToken: string | undefined
  #refreshing: Promise<void> | undefined

  async signIn(client: ApolloClient, email: string, password: string): Promise<void> {
    const { data } = await client.mutate({ mutation: SIGN_IN, variables: { input: { email, password } } })
    const result = data?.signIn
    if (result?.__typename !== 'SignInSuccess') throw new Error(result?.message ?? 'signing in failed')
    this.#keep(result.tokens)
  }

  /** Gets the next pair of tokens; those who ask meanwhile wait for the same. */
  refresh(client: ApolloClient): Promise<void> {
    this.#refreshing ??= this.#refresh(client).finally(() => (this.#refreshing = undefined))
    return this.#refreshing
  }

  async #refresh(client: ApolloClient): Promise<void> {
    const { refreshToken } = this
    // An access token that has ended would be refused.
    this.accessToken = undefined
    if (!refreshToken) throw new Error('sign in first')
    const { data } = await client.mutate({ mutation: REFRESH_SESSION, variables: { input: { refreshToken } } })
    const result = data?.refreshSession
    if (result?.__typename !== 'RefreshSessionSuccess') throw new Error(result?.message ?? 'sign in again')
    this.#keep(result.tokens)
  }

  #keep({ accessToken, refreshToken }: { accessToken: string; refreshToken: string }): void {
    this.accessToken = accessToken
    this.refreshToken = refreshToken
  }
}
