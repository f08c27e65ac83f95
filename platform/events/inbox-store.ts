import type { Queries } from '../postgres/database.ts'

/** What an event leads to: a change here, or something outside. */
type Part = 'effect' | 'reaction'

/** Notes that an event was received; tells whether it was for the first time. */
export async function receive(queries: Queries, eventId: string, part: Part): Promise<boolean> {
  const raw = await queries.query(
    'insert into inbox (event_id, part) values ($1, $2) on conflict do nothing returning event_id',
    [eventId, part],
  )
  return raw.length > 0
}

export async function isReceived(queries: Queries, eventId: string, part: Part): Promise<boolean> {
  return (await queries.query('select from inbox where event_id = $1 and part = $2', [eventId, part])).length > 0
}

/** Whether the state of a publisher from before has been taken over. */
export async function hasCaughtUp(queries: Queries, publisher: string): Promise<boolean> {
  return (await queries.query('select from catch_ups where publisher = $1', [publisher])).length > 0
}

export async function noteCaughtUp(queries: Queries, publisher: string): Promise<void> {
  await queries.query('insert into catch_ups (publisher) values ($1) on conflict do nothing', [publisher])
}
