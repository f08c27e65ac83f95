import type { Database, Queries, Transaction } from '../postgres/database.ts'
import type { Consumers } from './consumers.ts'
import { eventSchemas, type EventType, type NewEvent } from './events.ts'
import { hasCaughtUp, noteCaughtUp } from './inbox-store.ts'

/** The state of a publisher as events that would lead to it; consumers ignore what they know better already. */
export interface Snapshot {
  types: EventType[]
  /** Events of the objects after one of them, in the order of their ids; none when there are no more. */
  read: (queries: Queries, after: string | null) => Promise<NewEvent[]>
}

/** A subgraph that tells, and one that listens, as far as catching up needs them. */
export interface CatchUpParty {
  name: string
  database: Database
  consumers: Consumers
  snapshot: Snapshot | undefined
}

/** Lets every subgraph take over, once, what others had before it listened to them. Safe to be cut short or doubled. */
export async function catchUp(parties: CatchUpParty[]): Promise<void> {
  for (const listener of parties) {
    for (const publisher of parties) {
      const isHeard = publisher !== listener && publisher.snapshot?.types.some((type) => listener.consumers[type])
      if (isHeard && !(await hasCaughtUp(listener.database, publisher.name))) await takeOver(listener, publisher)
    }
  }
}

async function takeOver(listener: CatchUpParty, { name, database, snapshot }: CatchUpParty): Promise<void> {
  if (!snapshot) return
  let events = await snapshot.read(database, null)
  while (events.length > 0) {
    const batch = events
    await listener.database.transaction(async (queries) => {
      for (const event of batch) await apply(listener.consumers, event.type, event, queries)
      // Nobody records these anew, and yet what they tell of has changed here.
      queries.recorded(batch)
    })
    events = await snapshot.read(database, batch.at(-1)?.aggregateId ?? null)
  }
  await noteCaughtUp(listener.database, name)
}

async function apply<Type extends EventType>(
  consumers: Consumers,
  type: Type,
  { payload, version }: NewEvent,
  queries: Transaction,
): Promise<void> {
  await consumers[type]?.(eventSchemas[type].parse(payload), queries, version)
}
