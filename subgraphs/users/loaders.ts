import { loadByKey, loadManyByKey } from '../../platform/graphql/loaders.ts'
import type { UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { sessionsOfUsers } from './session-store.ts'
import { usersByIds, usersByUsernames } from './store.ts'

/** The reads by key of one request. */
export function createLoaders(db: Queries) {
  return {
    userById: loadByKey(
      (ids: readonly UserId[]) => usersByIds(db, ids),
      (user) => user.id,
    ),
    userByUsername: loadByKey(
      (usernames) => usersByUsernames(db, usernames),
      (user) => user.username,
    ),
    sessionsOfUser: loadManyByKey(
      (users: readonly UserId[]) => sessionsOfUsers(db, users),
      (session) => session.userId,
    ),
  }
}

export type Loaders = ReturnType<typeof createLoaders>
