import { z } from 'zod'
import type { Queries } from '../../platform/postgres/database.ts'
import { inBatches } from '../../platform/postgres/in-batches.ts'

/** How long answers are kept, in days: clients may try again for at least a week. */
const KEPT_DAYS = 14

/** What a key is unique in; `user` is a UUID. */
export interface KeyName {
  user: string
  operation: string
  key: string
}

const first = z
  .tuple([z.object({ request_hash: z.instanceof(Buffer), answer: z.unknown() })])
  .transform(([{ request_hash, answer }]) => ({ hash: request_hash, answer }))

/** Takes a key; waits while another transaction has it. Tells whether it was free. */
export async function claimKey(db: Queries, { user, operation, key }: KeyName, hash: Buffer): Promise<boolean> {
  const raw = await db.query(
    'insert into idempotency_keys (user_id, operation, key, request_hash) values ($1, $2, $3, $4) on conflict do nothing returning key',
    [user, operation, key, hash],
  )
  return raw.length > 0
}

export async function readAnswer(
  db: Queries,
  { user, operation, key }: KeyName,
): Promise<{ hash: Buffer; answer: unknown }> {
  return first.parse(
    await db.query(
      'select request_hash, answer from idempotency_keys where user_id = $1 and operation = $2 and key = $3',
      [user, operation, key],
    ),
  )
}

export async function saveAnswer(db: Queries, { user, operation, key }: KeyName, answer: unknown): Promise<void> {
  await db.query('update idempotency_keys set answer = $4 where user_id = $1 and operation = $2 and key = $3', [
    user,
    operation,
    key,
    JSON.stringify(answer, withBigints),
  ])
}

/** Gives a key back, as if it had not been used. */
export async function releaseKey(db: Queries, { user, operation, key }: KeyName): Promise<void> {
  await db.query('delete from idempotency_keys where user_id = $1 and operation = $2 and key = $3', [
    user,
    operation,
    key,
  ])
}

export async function pruneKeys(db: Queries): Promise<void> {
  await inBatches(
    db,
    `delete from idempotency_keys where ctid = any(array(
       select ctid from idempotency_keys where created_at < now() - make_interval(days => $1) limit $2)) returning 1`,
    [KEPT_DAYS],
  )
}

/** Amounts are bigints, which JSON has not: they are written as text. */
function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value
}
