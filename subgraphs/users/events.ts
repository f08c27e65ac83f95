import type { Snapshot } from '../../platform/events/catch-up.ts'
import type { NewEventOf } from '../../platform/events/events.ts'
import { forgetEvents, recordEvents } from '../../platform/events/outbox.ts'
import type { UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { usersAfter, type UserRow } from './store.ts'

/** An account has two events: its beginning and its end. */
const REGISTERED = 1
const DELETED = 2

/** Tells the others of a new account, in the transaction that makes it. */
export async function recordRegistration(queries: Queries, user: Registered): Promise<void> {
  await recordEvents(queries, [registrationOf(user)])
}

/** Tells the others that an account is gone, in the transaction that deletes it; its address is kept nowhere. */
export async function recordDeletion(queries: Queries, id: UserId): Promise<void> {
  await forgetEvents(queries, id)
  await recordEvents(queries, [{ type: 'user.deleted', aggregateId: id, version: DELETED, payload: { userId: id } }])
}

/** All accounts, for those who begin to listen. */
export const snapshot: Snapshot = {
  types: ['user.registered'],
  read: async (queries, after) => (await usersAfter(queries, after)).map(registrationOf),
}

function registrationOf({ id, username, email }: Registered): NewEventOf<'user.registered'> {
  return { type: 'user.registered', aggregateId: id, version: REGISTERED, payload: { userId: id, username, email } }
}

type Registered = Pick<UserRow, 'id' | 'username' | 'email'>
