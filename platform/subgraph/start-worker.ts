import type { Cache } from '../cache/cache.ts'
import { invalidatingAgain } from '../cache/invalidating.ts'
import { catchUp, type CatchUpParty } from '../events/catch-up.ts'
import type { Bus } from '../events/bus.ts'
import type { Listener } from '../events/consumers.ts'
import { createInProcessBus } from '../events/in-process-bus.ts'
import { createRabbitMqBus } from '../events/rabbitmq/rabbitmq-bus.ts'
import { startRelay } from '../events/relay.ts'
import { pruneEvents } from '../events/outbox-store.ts'
import type { Mailer } from '../mail.ts'
import type { Database } from '../postgres/database.ts'
import { inBackground, pause } from '../process/background.ts'
import { log } from '../process/log.ts'
import type { SubgraphDefinition } from './definition.ts'

const PRUNE_EVERY = 3_600_000
const CATCH_UP_AGAIN = 2_000

/** A subgraph as a worker serves it. */
export interface WorkedSubgraph {
  definition: SubgraphDefinition
  database: Database
}

/** How events travel. */
export interface BusSettings {
  /** The RabbitMQ that carries them; undefined lets the worker do so itself. */
  amqpUrl: string | undefined
  /** The pause before an event that a listener failed at is tried again, in ms; later ones are longer. */
  firstPause: number
}

/** What a worker is told. */
export interface WorkerSettings {
  mailer: Mailer
  bus: BusSettings
  cache: Cache | undefined
}

/**
 * Does what no request waits for: carries every subgraph's events to the others, and removes what is out of date.
 * Several workers side by side are safe.
 */
export async function startWorker(subgraphs: WorkedSubgraph[], settings: WorkerSettings): Promise<AsyncDisposable> {
  await using resources = new AsyncDisposableStack()
  const { firstPause } = settings.bus
  const onPublished = settings.cache && invalidatingAgain(settings.cache)
  const bus = resources.use(
    await openBus(
      subgraphs.map((subgraph) => ({ ...listenerOf(subgraph, settings.mailer), onConsumed: onPublished })),
      settings.bus,
    ),
  )
  // After the bus, which holds from now on what is told while the past is taken over.
  resources.use(startCatchUp(subgraphs))
  for (const { database } of subgraphs) resources.use(startRelay({ outbox: database, bus, firstPause, onPublished }))
  resources.use(inBackground((signal) => pruneEveryHour(subgraphs, signal)))
  return resources.move()
}

/** A subgraph as one who listens. */
export function listenerOf({ definition, database }: WorkedSubgraph, mailer: Mailer): Listener {
  const { name, consumers, reactions } = definition
  return { name, database, consumers, reactions: reactions?.({ database, mailer }) ?? {} }
}

async function openBus(listeners: Listener[], { amqpUrl, firstPause }: BusSettings): Promise<Bus> {
  return amqpUrl ? createRabbitMqBus(amqpUrl, listeners, firstPause) : createInProcessBus(listeners)
}

/** Lets new listeners take over what was there before them; what fails is tried again. */
function startCatchUp(subgraphs: WorkedSubgraph[]): AsyncDisposable {
  const parties = subgraphs.map(({ definition: { name, consumers, snapshot }, database }) => ({
    name,
    database,
    consumers,
    snapshot,
  }))
  return inBackground((signal) => catchUpUntilDone(parties, signal))
}

async function catchUpUntilDone(parties: CatchUpParty[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await catchUp(parties)
    } catch (error) {
      log.warn({ err: error }, 'a new listener could not take over what was there before, and will later')
      await pause(CATCH_UP_AGAIN, signal)
    }
  }
}

async function pruneEveryHour(subgraphs: WorkedSubgraph[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await Promise.all(subgraphs.map(prune))
    await pause(PRUNE_EVERY, signal)
  }
}

async function prune({ definition, database }: WorkedSubgraph): Promise<void> {
  await Promise.all([pruneEvents(database), definition.prune?.(database)]).catch((error: unknown) => {
    log.warn({ err: error, database: database.name }, 'what is out of date could not be removed, and will be later')
  })
}
