import type { PublishedEvent } from './events.ts'

/** What carries events from the outboxes to those who listen. */
export interface Bus extends AsyncDisposable {
  /**
   * Resolves once the event is in safe hands, and need not be given again.
   * @throws ConsumerFailure when a listener failed at it, which counts as an attempt; anything else when nobody could
   * be reached, which does not.
   */
  publish: (event: PublishedEvent) => Promise<void>
}

/** A listener failed at an event; its cause tells why. */
export class ConsumerFailure extends Error {
  override name = 'ConsumerFailure'
}
