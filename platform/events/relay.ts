import pLimit from 'p-limit'
import { log } from '../process/log.ts'
import type { Database } from '../postgres/database.ts'
import { consume, type Listener } from './consumers.ts'
import type { PublishedEvent } from './events.ts'
import { channelOf, claimEvents, markPublished, postpone } from './outbox.ts'

/** Fewer at once than a listener has connections. */
const delivering = pLimit(8)

/** How long the outbox is left alone when it was empty, in ms: a net beneath the notice that something was committed. */
const PAUSE = 1_000
const PAUSE_AFTER_FAILURE = 2_000

/**
 * Carries a subgraph's committed events to the listeners, at least once and in order per object, until it is
 * released; release waits for what was begun. Several relays side by side are safe.
 */
export function startRelay(outbox: Database, listeners: Listener[]): AsyncDisposable {
  const resources = new AsyncDisposableStack()
  const alarm = new Alarm()
  const stopping = new AbortController()
  const done = relay(outbox, listeners, alarm, stopping.signal)
  resources.defer(async () => {
    stopping.abort()
    alarm.ring()
    await done
  })
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

async function relay(outbox: Database, listeners: Listener[], alarm: Alarm, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pause = await deliverBatch(outbox, listeners).catch((error: unknown) => {
      log.warn({ err: error, outbox: outbox.name }, 'events could not be relayed now, and will be later')
      return PAUSE_AFTER_FAILURE
    })
    if (pause > 0 && !signal.aborted) await alarm.sleep(pause)
  }
}

async function deliverBatch(outbox: Database, listeners: Listener[]): Promise<number> {
  const runs = await claimEvents(outbox)
  await Promise.all(runs.map((events) => delivering(() => deliverInOrder(outbox, events, listeners))))
  return runs.some((events) => events.length > 0) ? 0 : PAUSE
}

/** Delivers the events of one object one after the other, up to the first that fails. */
async function deliverInOrder(outbox: Database, events: PublishedEvent[], listeners: Listener[]): Promise<void> {
  const delivered: string[] = []
  for (const event of events) {
    if (!(await deliver(outbox, event, listeners))) break
    delivered.push(event.id)
  }
  await markPublished(outbox, delivered)
}

/** Gives an event to every listener; one that fails gets it again, after a pause that grows. */
async function deliver(outbox: Database, event: PublishedEvent, listeners: Listener[]): Promise<boolean> {
  try {
    await Promise.all(listeners.map((listener) => consume(listener, event)))
    return true
  } catch (error) {
    const next = await postpone(outbox, event.id, error instanceof Error ? error.message : String(error))
    const outcome = next === 'dead' ? 'was given up' : 'will be tried again'
    log.error(
      { err: error, eventId: event.id, eventType: event.type },
      `an event could not be consumed, and ${outcome}`,
    )
    return false
  }
}
