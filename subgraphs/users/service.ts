import { addToTrail } from '../../platform/audit/audit-store.ts'
import { showTo } from '../../platform/graphql/access.ts'
import { UnauthenticatedError } from '../../platform/graphql/errors.ts'
import { signedIn } from '../../platform/graphql/signed-in.ts'
import { InputRules, type InvalidInput } from '../../platform/graphql/invalid-input.ts'
import { readSearch } from '../../platform/graphql/search.ts'
import { connectionOf, readPage, type PageArguments } from '../../platform/graphql/pages.ts'
import { isId, type UserId } from '../../platform/ids.ts'
import type { Database, Queries, Transaction } from '../../platform/postgres/database.ts'
import { brokenConstraint } from '../../platform/postgres/failures.ts'
import type { SubgraphRequest } from '../../platform/subgraph/definition.ts'
import { recordDeletion, recordProfileChange } from './events.ts'
import type { UpdateProfileInput } from './generated.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { checkOwnPassword } from './own-password.ts'
import { endSessions, type SessionRow } from './session-store.ts'
import { forgetAttempts } from './sign-in-throttle.ts'
import {
  countUsers,
  deleteUser,
  lockUser,
  NEWEST_FIRST,
  updateNames,
  userPage,
  type UserConnectionRow,
  type UserRow,
} from './store.ts'

/** What a profile change, or a sign-up, can meet. */
export interface UsernameTaken {
  __typename: 'UsernameTaken'
  message: string
}
export const usernameTaken: UsernameTaken = {
  __typename: 'UsernameTaken',
  message: 'This username belongs to another account.',
}

export interface InvalidCredentials {
  __typename: 'InvalidCredentials'
  message: string
}
export const invalidCredentials: InvalidCredentials = {
  __typename: 'InvalidCredentials',
  message: 'E-mail address or password is wrong.',
}

export type ProfileChange = { __typename: 'UpdateProfileSuccess'; user: UserRow } | UsernameTaken | InvalidInput
export type AccountDeletion = { __typename: 'DeleteAccountSuccess'; deletedUserId: string } | InvalidCredentials

type UserRequest = Pick<SubgraphRequest, 'viewer' | 'clientAddress' | 'requestId'>

/** Accounts, as one viewer may see and change them. */
export class UsersService {
  readonly #request: UserRequest
  readonly #database: Database
  #loaders: Loaders

  constructor(request: UserRequest, database: Database) {
    this.#request = request
    this.#database = database
    this.#loaders = createLoaders(database)
  }

  /** One user; null when there is none, or nobody is signed in. */
  async find(id: string): Promise<UserRow | null> {
    if (!this.#request.viewer || !isId('user', id)) return null
    return this.#loaders.userById.load(id)
  }

  /** The signed-in user; null when nobody is. */
  async current(): Promise<UserRow | null> {
    const { viewer } = this.#request
    return viewer && this.#loaders.userById.load(viewer.userId)
  }

  async findByUsername(username: string): Promise<UserRow | null> {
    return this.#loaders.userByUsername.load(username)
  }

  /** A user's live sessions; null unless they are the viewer's own. */
  async sessionsOf(user: UserRow): Promise<SessionRow[] | null> {
    const { viewer } = this.#request
    if (viewer?.userId !== user.id) return null
    return (await this.#loaders.sessionsOfUser.load(user.id)).map((session) => showTo(viewer, session))
  }

  async list(args: PageArguments & { search?: string | null | undefined }): Promise<UserConnectionRow> {
    const search = readSearch(args.search, 'search')
    const page = readPage(args, NEWEST_FIRST.name, NEWEST_FIRST.type.accepts)
    const slice = await userPage(this.#database, search, page)
    return connectionOf(slice, NEWEST_FIRST.name, () => countUsers(this.#database, search))
  }

  async updateProfile({ username, displayName }: UpdateProfileInput): Promise<ProfileChange> {
    const invalid = new InputRules()
      .require(isUsername(username ?? null), 'username', USERNAME_RULE)
      .length(displayName, 'displayName', 1, 80)
      .notBlank(displayName, 'displayName')
      .result()
    if (invalid) return invalid
    try {
      const { userId } = signedIn(this.#request.viewer)
      const user = await this.#changing(async (queries) => {
        const renamed = await updateNames(queries, userId, username ?? null, displayName ?? null)
        if (renamed) await recordProfileChange(queries, userId, renamed.version)
        return renamed?.user
      })
      if (!user) throw new UnauthenticatedError('This account has been deleted.')
      return { __typename: 'UpdateProfileSuccess', user }
    } catch (error) {
      if (brokenConstraint(error) === 'accounts_username_key') return usernameTaken
      throw error
    }
  }

  /** Deletes the viewer's account with its sessions; what other subgraphs keep of it goes when they hear of it. */
  async deleteAccount(password: string): Promise<AccountDeletion> {
    const { userId } = signedIn(this.#request.viewer)
    const credentials = await checkOwnPassword(this.#database, userId, password, {
      address: this.#request.clientAddress,
      tellRefusal: () => this.#tellDeletion(this.#database, userId, 'refused'),
    })
    if (!credentials) return invalidCredentials
    await this.#changing(async (queries) => {
      await lockUser(queries, userId)
      await endSessions(queries, userId, 'all')
      const email = await deleteUser(queries, userId)
      if (email !== null) {
        await forgetAttempts(queries, email)
        await recordDeletion(queries, userId)
      }
      await this.#tellDeletion(queries, userId, 'done')
    })
    return { __typename: 'DeleteAccountSuccess', deletedUserId: userId }
  }

  /** After a change nothing that was read before in this request is taken for true. */
  async #changing<Result>(change: (queries: Transaction) => Promise<Result>): Promise<Result> {
    const result = await this.#database.transaction(change)
    this.#loaders = createLoaders(this.#database)
    return result
  }

  #tellDeletion(queries: Queries, userId: UserId, outcome: 'done' | 'refused'): Promise<void> {
    return addToTrail(queries, this.#request, [{ action: 'deleteAccount', outcome, actor: { userId } }])
  }
}

export const USERNAME_RULE = 'Must be 3 to 30 characters of a-z, 0-9 and _.'

/** Whether a username keeps the rule; one that is left out does. */
export function isUsername(username: string | null): boolean {
  return username === null || /^[a-z0-9_]{3,30}$/.test(username)
}
