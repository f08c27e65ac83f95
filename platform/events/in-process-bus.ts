import pLimit from 'p-limit'
import { ConsumerFailure, isPassing, Later, type Bus } from './bus.ts'
import { consume, type Listener } from './consumers.ts'
import { messageOf } from '../process/message-of.ts'

/** Events at once: fewer than a listener has connections. */
const AT_ONCE = 8

/** A bus that gives an event to its listeners itself: it is in safe hands once all of them are done with it. */
export function createInProcessBus(listeners: Listener[]): Bus {
  const limit = pLimit(AT_ONCE)
  return {
    publish: (event) =>
      limit(async () => {
        await Promise.all(listeners.map((listener) => consume(listener, event))).catch((error: unknown) => {
          throw isPassing(error)
            ? new Later(messageOf(error), { cause: error })
            : new ConsumerFailure(messageOf(error), { cause: error })
        })
      }),
    async [Symbol.asyncDispose]() {},
  }
}
