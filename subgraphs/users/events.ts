import type { Snapshot } from '../../platform/events/catch-up.ts'
import type { NewEventOf } from '../../platform/events/events.ts'
import { forgetEvents, recordEvents } from '../../platform/events/outbox-store.ts'
import type { UserId } from '../../platform/ids.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { usersAfter, type UserRow } from './store.ts'

/** An account has two events: its beginning and its end. */
const REGISTERED = 1
const DELETED = 2

/** Tells the others of a new account, in the transaction that makes it. */
export async function recordRegistration(queries: Transaction, user: Registered): Promise<void> {
  await recordEvents(queries, [registrationOf(user)])
}

/** Tells the others that an account has other names, in the transaction of the change. @param version of its names */
export async function recordProfileChange(queries: Transaction, id: UserId, version: number): Promise<void> {
  await recordEvents(queries, [{ type: 'user.updated', aggregateId: profileOf(id), version, payload: { userId: id } }])
}

/** Names change by themselves, so that their versions are no account's. */
const profileOf = (id: UserId) => `profile of ${id}`

/** Tells the others that an account is gone, in the transaction that deletes it; its address is kept nowhere. */
export async function recordDeletion(queries: Transaction, id: UserId): Promise<void> {
  await forgetEvents(queries, id)
  await forgetEvents(queries, profileOf(id))
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
