import type { Database, Queries } from '../postgres/database.ts'
import { eventSchemas, type EventPayloads, type EventType, type PublishedEvent } from './events.ts'

/** What a subgraph does at events, in the transaction given; each event has its effect once. */
export type Consumers = {
  [Type in EventType]?: (payload: EventPayloads[Type], queries: Queries, version: number) => Promise<void>
}

/** A subgraph that listens: its database, and what it does. */
export interface Listener {
  database: Database
  consumers: Consumers
}

/** Lets one subgraph consume an event: inbox row and effect in one transaction, so that a redelivery changes nothing. */
export async function consume({ database, consumers }: Listener, event: PublishedEvent): Promise<void> {
  const effect = effectOf(event.type, event, consumers)
  if (!effect) return
  await database.transaction(async (queries) => {
    const isNew = await queries.query(
      'insert into inbox (event_id) values ($1) on conflict do nothing returning event_id',
      [event.id],
    )
    if (isNew.length > 0) await effect(queries)
  })
}

function effectOf<Type extends EventType>(
  type: Type,
  { payload, version }: PublishedEvent,
  consumers: Consumers,
): ((queries: Queries) => Promise<void>) | null {
  const consumer = consumers[type]
  if (!consumer) return null
  const parsed = eventSchemas[type].parse(payload)
  return (queries) => consumer(parsed, queries, version)
}
