import type { Database, Transaction } from '../postgres/database.ts'
import { eventPassages, type EventPassage } from '../observe.ts'
import { eventSchemas, isEventType, type EventPayloads, type EventType, type PublishedEvent } from './events.ts'
import { isReceived, receive } from './inbox-store.ts'

/** What a subgraph does at events, in the transaction given; each event has its effect once. */
export type Consumers = {
  [Type in EventType]?: (payload: EventPayloads[Type], queries: Transaction, version: number) => Promise<void>
}

/**
 * What a subgraph does at events outside of its database, such as sending a mail: at least once, since no transaction
 * holds both. It must do no harm when it is done again.
 */
export type Reactions = { [Type in EventType]?: (payload: EventPayloads[Type]) => Promise<void> }

/** A subgraph that listens: its database, and what it does. */
export interface Listener {
  name: string
  database: Database
  consumers: Consumers
  reactions: Reactions
  /** Is told of each event that had its effect. */
  onConsumed?: ((event: PublishedEvent) => Promise<void>) | undefined
}

/** The types of events that a subgraph listens to. */
export function typesOf({ consumers, reactions }: Listener): EventType[] {
  return [...new Set([...Object.keys(consumers), ...Object.keys(reactions)])].filter(isEventType)
}

/** Lets one subgraph consume an event: a redelivery changes nothing. */
export async function consume(listener: Listener, event: PublishedEvent): Promise<void> {
  await takeEffect(listener, event.type, event)
  await listener.onConsumed?.(event)
  await react(listener, event.type, event)
}

/** Inbox row and effect are one transaction. */
async function takeEffect<Type extends EventType>(
  { name, database, consumers }: Listener,
  type: Type,
  { id, payload, version }: PublishedEvent,
): Promise<void> {
  const consumer = consumers[type]
  if (!consumer) return
  const parsed = eventSchemas[type].parse(payload)
  await database.transaction(async (queries) => {
    if (await receive(queries, id, 'effect')) await consumer(parsed, queries, version)
  })
  if (eventPassages.hasSubscribers) eventPassages.publish({ stage: 'consumed', listener: name } satisfies EventPassage)
}

async function react<Type extends EventType>(
  { database, reactions }: Listener,
  type: Type,
  { id, payload }: PublishedEvent,
): Promise<void> {
  const reaction = reactions[type]
  if (!reaction || (await isReceived(database, id, 'reaction'))) return
  await reaction(eventSchemas[type].parse(payload))
  await receive(database, id, 'reaction')
}
