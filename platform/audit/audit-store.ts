import { uuidOf, type UserId } from '../ids.ts'
import type { Role } from '../identity/viewer.ts'
import type { Queries } from '../postgres/database.ts'

/** Whom a request comes from. */
export interface RequestOrigin {
  clientAddress: string
  requestId: string
}

/** Something that somebody did, or was refused, and may have to answer for. No secret, name or address is in it. */
export interface Act {
  /** Such as `signIn`, or the mutation's field. */
  action: string
  outcome: 'done' | 'refused'
  /** Null where nobody was signed in. */
  actor: { userId: UserId; role?: Role } | null
  /** What it was done to, by its id. */
  subject?: string | undefined
}

/** Adds acts to the trail: in the transaction of what was done, so that there is neither without the other. */
export async function addToTrail(db: Queries, { clientAddress, requestId }: RequestOrigin, acts: Act[]): Promise<void> {
  await db.query(
    `insert into audit_trail (action, outcome, actor_id, actor_role, subject, client_address, request_id)
     select act.action, act.outcome, act.actor_id, act.actor_role, act.subject, $6, $7
     from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[])
       as act (action, outcome, actor_id, actor_role, subject)`,
    [
      acts.map(({ action }) => action),
      acts.map(({ outcome }) => outcome),
      acts.map(({ actor }) => actor && uuidOf(actor.userId)),
      acts.map(({ actor }) => actor?.role ?? null),
      acts.map(({ subject }) => subject?.slice(0, LONGEST_SUBJECT) ?? null),
      clientAddress,
      requestId,
    ],
  )
}

/** Characters of a subject that are kept; ids are shorter. */
const LONGEST_SUBJECT = 100
