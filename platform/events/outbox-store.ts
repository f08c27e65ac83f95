import { z } from 'zod'
import { newId, uuidOf } from '../ids.ts'
import type { Queries, Transaction } from '../postgres/database.ts'
import { inBatches } from '../postgres/in-batches.ts'
import { ATTEMPTS, pausesFrom } from './attempts.ts'
import { isEventType, type NewEvent, type PublishedEvent } from './events.ts'

/** How long a claim lasts, in seconds, when whoever has it does not renew it. */
const CLAIM = 15
/** How many objects are served at once, and how many events of each. */
const OBJECTS = 100
const RUN = 50
const KEPT_DAYS = 7

const claimed = z.object({
  id: z.uuid(),
  type: z.string(),
  aggregate_id: z.string(),
  version: z.number(),
  payload: z.unknown(),
})

/** Events up to the first of a type that only a newer version knows: that one is left for a worker of that version. */
function knownEvents(rows: z.infer<typeof claimed>[]): PublishedEvent[] {
  const end = rows.findIndex(({ type }) => !isEventType(type))
  return rows
    .slice(0, end < 0 ? rows.length : end)
    .flatMap(({ type, aggregate_id, ...rest }) =>
      isEventType(type) ? [{ ...rest, type, aggregateId: aggregate_id }] : [],
    )
}

/** Records events in the transaction of the change that they tell of. */
export async function recordEvents(queries: Transaction, events: NewEvent[]): Promise<void> {
  queries.recorded(events)
  await queries.query(
    `with recorded as (
       insert into outbox (id, type, aggregate_id, version, payload)
       select * from unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::jsonb[])
     )
     select pg_notify('outbox_' || current_schema(), '')`,
    [
      events.map(() => uuidOf(newId('event'))),
      events.map(({ type }) => type),
      events.map(({ aggregateId }) => aggregateId),
      events.map(({ version }) => version),
      events.map(({ payload }) => JSON.stringify(payload)),
    ],
  )
}

/**
 * Claims events to publish: those of some objects, in the order of their versions. The oldest event of an object is
 * the lock on all of them, so no other relay has one of them. Sequence numbers commit out of order, so what is missing
 * is told by a flag, never by a cursor.
 */
export async function claimEvents(queries: Queries): Promise<PublishedEvent[][]> {
  const rows = await queries.query(
    `with oldest as (
       update outbox set claimed_until = now() + make_interval(secs => $1)
       where id in (
         select id from outbox o
         where published_at is null and dead_at is null and (claimed_until is null or claimed_until < now())
           and not exists (
             select from outbox e
             where e.published_at is null and e.dead_at is null and e.aggregate_id = o.aggregate_id and e.version < o.version
           )
         order by position
         limit $2
         for update skip locked
       )
       returning aggregate_id, version
     )
     select id, type, aggregate_id, o.version, payload from oldest join outbox o using (aggregate_id)
     where o.published_at is null and o.dead_at is null and o.version between oldest.version and oldest.version + $3
     order by aggregate_id, o.version`,
    [CLAIM, OBJECTS, RUN - 1],
  )
  return [
    ...Map.groupBy(
      rows.map((row) => claimed.parse(row)),
      (row) => row.aggregate_id,
    ).values(),
  ].map(knownEvents)
}

/** The channel on which a relay is woken when events were committed. */
export const channelOf = (schema: string): string => `outbox_${schema}`

/**
 * Lets an event that a listener failed at be tried again later, or makes a dead letter of it; tells which.
 * @param firstPause in ms; later ones are longer.
 */
export async function postpone(
  queries: Queries,
  id: string,
  failure: string,
  firstPause: number,
): Promise<'later' | 'dead'> {
  const raw = await queries.query(
    `update outbox set attempts = attempts + 1, failure = $2,
       claimed_until = now() + make_interval(secs => ($3::float8[])[attempts + 1] / 1000),
       dead_at = case when attempts + 1 >= $4 then now() end
     where id = $1 returning dead_at is not null as is_dead`,
    [id, failure.slice(0, 500), pausesFrom(firstPause), ATTEMPTS],
  )
  return postponed.parse(raw)[0]?.is_dead ? 'dead' : 'later'
}

/** Lets an event be claimed again a little later, so that others come first: what failed is not its fault. */
export async function setAside(queries: Queries, id: string, pause: number): Promise<void> {
  await queries.query(
    'update outbox set claimed_until = now() + make_interval(secs => $2::float8 / 1000) where id = $1',
    [id, pause],
  )
}

/** Claims events for longer, while somebody works on them. */
export async function renewClaims(queries: Queries, ids: string[]): Promise<void> {
  await queries.query(
    'update outbox set claimed_until = now() + make_interval(secs => $2) where id = any($1::uuid[]) and published_at is null',
    [ids, CLAIM],
  )
}

const postponed = z.array(z.object({ is_dead: z.boolean() }))

const deadLetter = z
  .object({
    id: z.uuid(),
    type: z.string(),
    aggregate_id: z.string(),
    version: z.number(),
    failure: z.string().nullable(),
    dead_at: z.date(),
  })
  .transform(({ aggregate_id, dead_at, ...rest }) => ({ ...rest, aggregateId: aggregate_id, deadAt: dead_at }))

/** An event that was given up. */
export type DeadLetter = z.infer<typeof deadLetter>

/** Events that were given up, oldest first. */
export async function deadLetters(queries: Queries): Promise<DeadLetter[]> {
  return deadLetter
    .array()
    .parse(
      await queries.query(
        'select id, type, aggregate_id, version, failure, dead_at from outbox where dead_at is not null order by dead_at',
      ),
    )
}

/** Lets events that were given up be delivered anew: one, or all; tells how many there were. */
export async function redrive(queries: Queries, id: string | null): Promise<number> {
  const raw = await queries.query(
    'update outbox set dead_at = null, attempts = 0, claimed_until = null where dead_at is not null and ($1::uuid is null or id = $1) returning id',
    [id],
  )
  return raw.length
}

/** Marks events as published, once the bus has them in safe hands. */
export async function markPublished(queries: Queries, ids: string[]): Promise<void> {
  if (ids.length === 0) return
  await queries.query('update outbox set published_at = now() where id = any($1::uuid[])', [ids])
}

/** Removes what was told of an object before, or is still to be told, when nothing of it may be kept. */
export async function forgetEvents(queries: Queries, aggregateId: string): Promise<void> {
  await queries.query('delete from outbox where aggregate_id = $1', [aggregateId])
}

/** Removes what was published, and received, longer ago than anyone may ask for. */
export async function pruneEvents(queries: Queries): Promise<void> {
  const outbox = `delete from outbox where id = any(array(
    select id from outbox where published_at < now() - make_interval(days => $1) limit $2)) returning id`
  const inbox = `delete from inbox where (event_id, part) in (
    select event_id, part from inbox where received_at < now() - make_interval(days => $1) limit $2) returning event_id`
  await inBatches(queries, outbox, [KEPT_DAYS])
  await inBatches(queries, inbox, [2 * KEPT_DAYS])
}
