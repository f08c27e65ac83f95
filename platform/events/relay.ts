import { setTimeout as sleep } from 'node:timers/promises'
import pLimit from 'p-limit'
import { log } from '../process/log.ts'
import type { Database } from '../postgres/database.ts'
import { consume, type Listener } from './consumers.ts'
import type { PublishedEvent } from './events.ts'
import { claimEvents, markPublished } from './outbox.ts'

/** Fewer at once than a listener has connections. */
const delivering = pLimit(8)

/** How long the outbox is left alone when it was empty, in ms, and after a failure. */
const PAUSE = 200
const PAUSE_AFTER_FAILURE = 2_000

/**
 * Carries a subgraph's committed events to the listeners, at least once and in order per aggregate, until it is
 * released; release waits for what was begun. Several relays side by side are safe.
 */
export function startRelay(outbox: Database, listeners: Listener[]): AsyncDisposable {
  const stopping = new AbortController()
  const done = relay(outbox, listeners, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await done
    },
  }
}

async function relay(outbox: Database, listeners: Listener[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const pause = await deliverBatch(outbox, listeners).catch((error: unknown) => {
      log.warn({ err: error, outbox: outbox.name }, 'events could not be relayed now, and will be later')
      return PAUSE_AFTER_FAILURE
    })
    if (pause > 0) await sleep(pause, undefined, { signal }).catch(() => undefined)
  }
}

async function deliverBatch(outbox: Database, listeners: Listener[]): Promise<number> {
  const events = await claimEvents(outbox)
  if (events.length === 0) return PAUSE
  const delivered = await Promise.all(events.map((event) => delivering(() => deliver(event, listeners))))
  const ids = events.filter((_, index) => delivered[index]).map(({ id }) => id)
  await markPublished(outbox, ids)
  return ids.length === events.length ? 0 : PAUSE
}

/** Gives an event to every listener; one that fails gets it again when the claim has run out. */
async function deliver(event: PublishedEvent, listeners: Listener[]): Promise<boolean> {
  try {
    await Promise.all(listeners.map((listener) => consume(listener, event)))
    return true
  } catch (error) {
    log.error(
      { err: error, eventId: event.id, eventType: event.type },
      'an event could not be consumed, and will be tried again',
    )
    return false
  }
}
