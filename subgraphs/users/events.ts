import { recordEvents } from '../../platform/events/outbox.ts'
import type { UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'

/** An account has two events: its beginning and its end. */
const REGISTERED = 1
const DELETED = 2

/** Tells the others of a new account, in the transaction that makes it. */
export async function recordRegistration(
  queries: Queries,
  { id, username, email }: { id: UserId; username: string; email: string },
): Promise<void> {
  await recordEvents(queries, [
    { type: 'user.registered', aggregateId: id, version: REGISTERED, payload: { userId: id, username, email } },
  ])
}

/** Tells the others that an account is gone, in the transaction that deletes it. */
export async function recordDeletion(queries: Queries, id: UserId): Promise<void> {
  await recordEvents(queries, [{ type: 'user.deleted', aggregateId: id, version: DELETED, payload: { userId: id } }])
}
