import { TimeoutError, UnavailableError } from '../graphql/errors.ts'
import type { PublishedEvent } from './events.ts'

/** What carries events from the outboxes to those who listen. */
export interface Bus extends AsyncDisposable {
  /**
   * Resolves once the event is in safe hands, and need not be given again.
   * @throws ConsumerFailure when a listener failed at it, which counts as an attempt; Later when it could not take
   * it now, and BusAway or anything else when nobody could be reached, which do not.
   */
  publish: (event: PublishedEvent) => Promise<void>
}

/** An event can be consumed later, for no fault of its own: a database or a mail server is away. */
export class Later extends Error {
  override name = 'Later'
}

/** Whether a failure tells of the state of the system, and not of the event. */
export function isPassing(error: unknown): boolean {
  return error instanceof UnavailableError || error instanceof TimeoutError
}

/** The bus has nobody to give an event to now. */
export class BusAway extends Error {
  override name = 'BusAway'
}

/** A listener failed at an event; its cause tells why. */
export class ConsumerFailure extends Error {
  override name = 'ConsumerFailure'
}
