import { z } from 'zod'
import { uuidOf, type UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'

const buyer = z.object({ username: z.string(), email: z.string() })

/** What orders knows of a user: to whom to write. */
export type Buyer = z.infer<typeof buyer>

const contact = z.union([buyer, z.object({ email: z.null() }).transform(() => 'deleted' as const)])

/** Who a user is: `unknown` when nobody has told yet, `deleted` when the account is gone. */
export async function buyerOf(
  db: Queries,
  id: UserId,
  lock: 'locked' | 'unlocked' = 'unlocked',
): Promise<Buyer | 'deleted' | 'unknown'> {
  const text = `select username, email from buyers where id = $1${lock === 'locked' ? ' for share' : ''}`
  const [row] = contact.array().parse(await db.query(text, [uuidOf(id)]))
  return row ?? 'unknown'
}

export async function saveBuyer(db: Queries, id: UserId, { username, email }: Buyer): Promise<void> {
  await db.query('insert into buyers (id, username, email) values ($1, $2, $3) on conflict do nothing', [
    uuidOf(id),
    username,
    email,
  ])
}

/** Forgets all of a user but that the account is gone. */
export async function forgetContact(db: Queries, id: UserId): Promise<void> {
  await db.query('insert into buyers (id) values ($1) on conflict (id) do update set username = null, email = null', [
    uuidOf(id),
  ])
}
