import { inBackground, pause } from '../process/background.ts'
import { log } from '../process/log.ts'
import { eventPassages, type EventPassage } from '../observe.ts'
import type { Database } from '../postgres/database.ts'
import { BusAway, ConsumerFailure, Later, type Bus } from './bus.ts'
import type { PublishedEvent } from './events.ts'
import { channelOf, claimEvents, markPublished, postpone, renewClaims, setAside } from './outbox-store.ts'

/** How long the outbox is left alone when it was empty, in ms: a net beneath the notice that something was committed. */
const PAUSE = 1_000
const PAUSE_AFTER_FAILURE = 2_000
/** Well before a claim runs out, in ms. */
const RENEW_EVERY = 5_000

/** What a relay works with. */
export interface RelayParts {
  outbox: Database
  bus: Bus
  /** Between two attempts to deliver an event, in ms. */
  firstPause: number
  /** Is told of each event that the bus has. */
  onPublished?: ((event: PublishedEvent) => Promise<void>) | undefined
}

/**
 * Carries a subgraph's committed events to the bus, at least once and in order per object, until it is released;
 * release waits for what was begun. Several relays side by side are safe.
 */
export function startRelay(parts: RelayParts): AsyncDisposable {
  const { outbox } = parts
  const resources = new AsyncDisposableStack()
  const alarm = new Alarm()
  resources.use(inBackground((signal) => relay(parts, alarm, signal)))
  if (outbox.schema) resources.use(outbox.listen(channelOf(outbox.schema), () => alarm.ring()))
  return resources
}

/** Lets somebody sleep until it rings; a ring while nobody sleeps is not lost. */
class Alarm {
  #ring = () => {}
  #hasRung = false

  ring(): void {
    this.#hasRung = true
    this.#ring()
  }

  /** @param limit when to wake anyway, in ms. */
  async sleep(limit: number): Promise<void> {
    if (!this.#hasRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, limit)
        this.#ring = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#hasRung = false
  }
}

async function relay(parts: RelayParts, alarm: Alarm, signal: AbortSignal): Promise<void> {
  signal.addEventListener('abort', () => alarm.ring())
  while (!signal.aborted) {
    try {
      const wasEmpty = (await publishBatch(parts)) === 0
      if (wasEmpty && !signal.aborted) await alarm.sleep(PAUSE)
    } catch (error) {
      const why = error instanceof BusAway ? { reason: error.message } : { err: error }
      log.warn({ ...why, outbox: parts.outbox.name }, 'events could not be relayed now, and will be later')
      // Whatever is committed meanwhile does not make the bus come back sooner.
      await pause(PAUSE_AFTER_FAILURE, signal)
    }
  }
}

/** Publishes what can be claimed at once; tells how many objects that was about. */
async function publishBatch(parts: RelayParts): Promise<number> {
  const runs = await claimEvents(parts.outbox)
  const claims = keepClaims(
    parts.outbox,
    runs.flatMap(([oldest]) => (oldest ? [oldest.id] : [])),
  )
  const outcomes = await Promise.allSettled(runs.map((events) => publishInOrder(parts, events)))
  claims[Symbol.dispose]()
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  return runs.filter((events) => events.length > 0).length
}

/** Renews claims while the work on them takes long: the oldest event of each object stands for all of it. */
function keepClaims(outbox: Database, ids: string[]): Disposable {
  const renew = () =>
    renewClaims(outbox, ids).catch((error: unknown) =>
      log.warn({ err: error, outbox: outbox.name }, 'claims of events could not be renewed'),
    )
  const timer = setInterval(renew, RENEW_EVERY)
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** Publishes the events of one object one after the other, up to the first that fails. */
async function publishInOrder(parts: RelayParts, events: PublishedEvent[]): Promise<void> {
  const published: string[] = []
  try {
    for (const event of events) {
      if (!(await publish(parts, event))) break
      published.push(event.id)
    }
  } finally {
    await markPublished(parts.outbox, published)
  }
}

/** Gives an event to the bus; tells whether it has it. @throws when the bus cannot be reached. */
async function publish(parts: RelayParts, event: PublishedEvent): Promise<boolean> {
  const { outbox, bus, firstPause, onPublished } = parts
  try {
    await bus.publish(event)
    await onPublished?.(event)
    if (eventPassages.hasSubscribers)
      eventPassages.publish({ stage: 'published', outbox: outbox.name } satisfies EventPassage)
    return true
  } catch (error) {
    if (!(error instanceof ConsumerFailure)) {
      await setAside(outbox, event.id, PAUSE_AFTER_FAILURE)
      if (!(error instanceof Later)) throw error
      log.warn(
        { reason: error.message, eventId: event.id, eventType: event.type },
        'an event waits, since what it needs is away',
      )
      return false
    }
    const outcome = await postpone(outbox, event.id, error.message, firstPause)
    log.error(
      { err: error.cause, eventId: event.id, eventType: event.type },
      `an event could not be consumed, and ${outcome === 'dead' ? 'was given up' : 'will be tried again'}`,
    )
    return false
  }
}
