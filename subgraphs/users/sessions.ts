import { addToTrail, type Act } from '../../platform/audit/audit-store.ts'
import { signedIn } from '../../platform/graphql/signed-in.ts'
import { InputRules, type InvalidInput } from '../../platform/graphql/invalid-input.ts'
import { newId, type UserId } from '../../platform/ids.ts'
import type { Role, Viewer } from '../../platform/identity/viewer.ts'
import type { Database, Queries } from '../../platform/postgres/database.ts'
import { brokenConstraint } from '../../platform/postgres/failures.ts'
import type { SubgraphRequest } from '../../platform/subgraph/definition.ts'
import type { AccessTokenIssuer } from './access-tokens.ts'
import { recordRegistration } from './events.ts'
import type { ChangePasswordInput, SignInInput, SignUpInput, Tokens } from './generated.ts'
import { checkOwnPassword } from './own-password.ts'
import { hashPassword, isPassword } from './passwords.ts'
import { hashOf, newRefreshToken, refreshTokenExpiry, successorOf } from './refresh-tokens.ts'
import {
  invalidCredentials,
  isUsername,
  USERNAME_RULE,
  usernameTaken,
  type InvalidCredentials,
  type UsernameTaken,
} from './service.ts'
import {
  endSessions,
  findRefreshToken,
  insertRefreshToken,
  insertSession,
  replaceRefreshTokens,
  rotateRefreshToken,
  type PresentedToken,
} from './session-store.ts'
import { beginAttempt } from './sign-in-throttle.ts'
import { credentialsByEmail, insertUser, lockCredentials, replacePassword } from './store.ts'

/** How long a used refresh token still gives its successor, in seconds, to a client that lost the answer. */
const GRACE = 10

/** A viewer who has just signed in, with tokens. */
export interface Arrival {
  viewer: Viewer
  tokens: Tokens
}

export type SignUp = Arrival | InvalidInput | UsernameTaken | { __typename: 'EmailTaken'; message: string }
export type SignIn = Arrival | InvalidCredentials | { __typename: 'TooManyAttempts'; message: string; retryAt: Date }
export type Refresh =
  | { __typename: 'RefreshSessionSuccess'; tokens: Tokens }
  | { __typename: 'InvalidRefreshToken'; message: string }
export type PasswordChange = { __typename: 'ChangePasswordSuccess'; tokens: Tokens } | InvalidCredentials | InvalidInput

export interface SessionParts {
  database: Database
  issuer: AccessTokenIssuer
  /** The keys that refresh tokens are derived with: the first one makes new ones. */
  refreshKeys: string[]
}

/** Where accounts are signed in: the life of sessions and of their tokens. */
export class SessionsService {
  readonly #request: SubgraphRequest
  readonly #database: Database
  readonly #issuer: AccessTokenIssuer
  readonly #refreshKeys: string[]

  constructor(request: SubgraphRequest, { database, issuer, refreshKeys }: SessionParts) {
    this.#request = request
    this.#database = database
    this.#issuer = issuer
    this.#refreshKeys = refreshKeys
  }

  async signUp(input: SignUpInput): Promise<SignUp> {
    const displayName = input.displayName ?? input.username
    const invalid = passwordRules(new InputRules(), input.password, 'password')
      .require(isUsername(input.username), 'username', USERNAME_RULE)
      .length(displayName, 'displayName', 1, 80)
      .notBlank(displayName, 'displayName')
      .result()
    if (invalid) return invalid
    const user = {
      ...input,
      id: newId('user'),
      displayName,
      role: 'CUSTOMER' as const,
      passwordHash: await hashPassword(input.password),
    }
    try {
      return await this.#database.transaction(async (queries) => {
        await insertUser(queries, user)
        await recordRegistration(queries, user)
        await this.#tell(queries, { action: 'signUp', outcome: 'done', actor: { userId: user.id, role: user.role } })
        return this.#begin(queries, user.id, user.role)
      })
    } catch (error) {
      const constraint = brokenConstraint(error)
      if (constraint === 'accounts_username_key') return usernameTaken
      if (constraint === 'accounts_email_key')
        return { __typename: 'EmailTaken', message: 'This e-mail address belongs to another account.' }
      throw error
    }
  }

  async signIn({ email, password }: SignInInput): Promise<SignIn> {
    const attempt = await beginAttempt(this.#database, email, this.#request.clientAddress)
    if (attempt.isFirstTooMany) await this.#tell(this.#database, { action: 'signIn', outcome: 'refused', actor: null })
    if (attempt.retryAt)
      return {
        __typename: 'TooManyAttempts',
        message: 'Too many sign-ins lately. Try again later.',
        retryAt: attempt.retryAt,
      }
    const credentials = await credentialsByEmail(this.#database, email)
    const isRight = await isPassword(password, credentials?.passwordHash ?? null)
    if (!credentials || !isRight) {
      await this.#tell(this.#database, { action: 'signIn', outcome: 'refused', actor: credentials ?? null })
      return invalidCredentials
    }
    await attempt.forgive()
    return this.#database.transaction(async (queries) => {
      // The password may have been changed, or the account deleted, since it was checked.
      const isStillRight = await lockCredentials(queries, credentials)
      const outcome = isStillRight ? 'done' : 'refused'
      await this.#tell(queries, { action: 'signIn', outcome, actor: credentials })
      return isStillRight ? this.#begin(queries, credentials.userId, credentials.role) : invalidCredentials
    })
  }

  /** Exchanges a refresh token. One that was used before ends its session, since one of its two holders stole it. */
  async refresh(refreshToken: string): Promise<Refresh> {
    const hash = hashOf(refreshToken)
    const successors = this.#refreshKeys.map((key) => successorOf(refreshToken, key))
    const expiresAt = refreshTokenExpiry()
    const continued = await this.#database.transaction(async (queries) => {
      const presented = await findRefreshToken(queries, hash, successors.map(hashOf))
      if (!presented) return null
      const successor = successors[presented.successorIndex ?? 0] ?? ''
      if (presented.usedSecondsAgo === null) await rotateRefreshToken(queries, hash, hashOf(successor), expiresAt)
      else if (!isRetry(presented)) {
        await endSessions(queries, presented.userId, { only: presented.sessionId })
        await this.#tell(queries, { action: 'refreshSession', outcome: 'refused', actor: presented })
        return null
      }
      return { viewer: presented, successor }
    })
    if (!continued)
      return {
        __typename: 'InvalidRefreshToken',
        message: 'This refresh token is unknown, expired, or was used before. Sign in again.',
      }
    return {
      __typename: 'RefreshSessionSuccess',
      tokens: await this.#tokensFor(continued.viewer, continued.successor, expiresAt),
    }
  }

  /** Ends the viewer's session, or all of them; tells how many ended. */
  async signOut(everywhere: boolean): Promise<number> {
    const viewer = signedIn(this.#request.viewer)
    const { userId, sessionId } = viewer
    return this.#database.transaction(async (queries) => {
      const ended = await endSessions(queries, userId, everywhere ? 'all' : { only: sessionId })
      await this.#tell(queries, {
        action: everywhere ? 'signOutEverywhere' : 'signOut',
        outcome: 'done',
        actor: viewer,
      })
      return ended.length
    })
  }

  async changePassword({ currentPassword, newPassword }: ChangePasswordInput): Promise<PasswordChange> {
    const viewer = signedIn(this.#request.viewer)
    const invalid = passwordRules(new InputRules(), newPassword, 'newPassword').result()
    if (invalid) return invalid
    const credentials = await checkOwnPassword(this.#database, viewer.userId, currentPassword, {
      address: this.#request.clientAddress,
      tellRefusal: () => this.#tell(this.#database, { action: 'changePassword', outcome: 'refused', actor: viewer }),
    })
    if (!credentials) return invalidCredentials
    const passwordHash = await hashPassword(newPassword)
    const refreshToken = newRefreshToken()
    const expiresAt = refreshTokenExpiry()
    const isReplaced = await this.#database.transaction(async (queries) => {
      if (!(await replacePassword(queries, viewer.userId, credentials.passwordHash, passwordHash))) {
        await this.#tell(queries, { action: 'changePassword', outcome: 'refused', actor: viewer })
        return false
      }
      await endSessions(queries, viewer.userId, { allBut: viewer.sessionId })
      await replaceRefreshTokens(queries, viewer.sessionId, hashOf(refreshToken), expiresAt)
      await this.#tell(queries, { action: 'changePassword', outcome: 'done', actor: viewer })
      return true
    })
    return isReplaced
      ? { __typename: 'ChangePasswordSuccess', tokens: await this.#tokensFor(viewer, refreshToken, expiresAt) }
      : invalidCredentials
  }

  /** Tells the audit trail. */
  #tell(queries: Queries, act: Act): Promise<void> {
    return addToTrail(queries, this.#request, [act])
  }

  async #begin(queries: Queries, userId: UserId, role: Role): Promise<Arrival> {
    const viewer: Viewer = { userId, role, sessionId: newId('session') }
    const refreshToken = newRefreshToken()
    const expiresAt = refreshTokenExpiry()
    await insertSession(queries, { id: viewer.sessionId, userId, userAgent: this.#request.userAgent, expiresAt })
    await insertRefreshToken(queries, hashOf(refreshToken), viewer.sessionId)
    return { viewer, tokens: await this.#tokensFor(viewer, refreshToken, expiresAt) }
  }

  async #tokensFor(
    { userId, role, sessionId }: Viewer,
    refreshToken: string,
    refreshTokenExpiresAt: Date,
  ): Promise<Tokens> {
    return { ...(await this.#issuer.issue({ userId, role, sessionId })), refreshToken, refreshTokenExpiresAt }
  }
}

function passwordRules(rules: InputRules, password: string, path: string): InputRules {
  return rules.length(password, path, 12, 128)
}

/** Whether a used token comes from a client that lost the answer: at once, and before anyone used the successor. */
function isRetry({ usedSecondsAgo, isSuccessorUsed }: PresentedToken): boolean {
  return usedSecondsAgo !== null && usedSecondsAgo <= GRACE && !isSuccessorUsed
}
