import { monitorEventLoopDelay } from 'node:perf_hooks'
import { OperationTypeNode } from 'graphql'
import { RefusedError } from '../../platform/graphql/errors.ts'
import type { LoadLimits } from '../limits/limit-settings.ts'

/** How exactly the delay is measured, and how often it is looked at, in ms. */
const RESOLUTION = 10
const LOOKED_AT_EVERY = 100

/** How much more it takes before mutations are refused: whoever pays should not have to try again. */
const MUTATIONS_BEAR = 2

/** In how many seconds to try again. */
const RETRY_AFTER = 1

/**
 * Refuses requests while there is more to do than can be done, so that those that are admitted are answered in time.
 * What is begun is finished; mutations are refused last. The signals are how late the event loop is, which rises when
 * this process lacks time, and how many requests are under way, which rises when others do.
 */
export class LoadShedder implements Disposable {
  readonly #limits: LoadLimits
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  readonly #timer: NodeJS.Timeout
  #inFlight = 0
  /** How late the event loop was lately, and before that, on average, in ms. */
  #latest = 0
  #before = 0

  constructor(limits: LoadLimits) {
    this.#limits = limits
    this.#histogram.enable()
    this.#timer = setInterval(() => this.#look(), LOOKED_AT_EVERY).unref()
  }

  #look(): void {
    // Nothing was counted where the loop did not come round at all, or this is called late.
    const mean = Number.isNaN(this.#histogram.mean) ? 0 : this.#histogram.mean / 1e6
    this.#before = this.#latest
    this.#latest = Math.max(0, mean - RESOLUTION)
    this.#histogram.reset()
  }

  /** How far beyond what can be done this is; 1 is the limit. */
  get #load(): number {
    // Once late is no overload: it takes that long to plan an operation, or to collect garbage.
    const delay = Math.min(this.#latest, this.#before)
    return Math.max(this.#inFlight / this.#limits.inFlight, delay / this.#limits.loopDelay)
  }

  /**
   * Lets a request begin, before it is known what it asks for.
   * @returns what is to be called when it has ended.
   * @throws RefusedError when not even mutations are admitted.
   */
  enter(): () => void {
    if (this.#load >= MUTATIONS_BEAR) throw overloaded()
    this.#inFlight++
    return () => void this.#inFlight--
  }

  /** @throws RefusedError when operations of a kind are not admitted now. */
  admit(kind: OperationTypeNode): void {
    if (kind !== OperationTypeNode.MUTATION && this.#load > 1) throw overloaded()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#histogram.disable()
  }
}

function overloaded(): RefusedError {
  return new RefusedError('UNAVAILABLE', `There is too much to do now: try again in ${RETRY_AFTER} s.`, {
    status: 503,
    retryAfter: RETRY_AFTER,
    headers: [['retry-after', String(RETRY_AFTER)]],
  })
}
