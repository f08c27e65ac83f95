import type { ServerResponse } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { OperationTypeNode } from 'graphql'
import type { ErrorCode } from '../../platform/graphql/errors.ts'
import { log } from '../../platform/process/log.ts'
import { ConcurrencyLimit } from './concurrency-limit.ts'
import type { LoadLimits } from '../limits/limit-settings.ts'

/** How exactly the delay is measured, and how often it is looked at, in ms. */
const RESOLUTION = 10
const LOOKED_AT_EVERY = 100
/** How often it is told how many requests were refused, in ms. */
const TOLD_EVERY = 10_000

/** How much more it takes before mutations are refused: whoever pays should not have to try again. */
const MUTATIONS_BEAR = 4

/** In how many seconds to try again. */
const RETRY_AFTER = 1

const BODY = `${JSON.stringify({
  errors: [
    {
      message: `There is too much to do now: try again in ${RETRY_AFTER} s.`,
      extensions: { code: 'UNAVAILABLE' satisfies ErrorCode, retryAfter: RETRY_AFTER },
    },
  ],
})}\n`

const HEAD = ['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(BODY))]

/** An operation that knows how long it takes. */
export interface Timed {
  /** How many times longer than its shortest run this one took; in ms. */
  slownessOf: (duration: number) => number
}

/**
 * Refuses requests while there is more to do than can be done, so that those that are admitted are answered in time.
 * What is begun is finished; mutations are refused last. The signals are how late the event loop is, which rises when
 * this process lacks time, and how many requests are under way, which rises when others do.
 */
export class LoadShedder implements Disposable {
  readonly #limits: LoadLimits
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  readonly #timer: NodeJS.Timeout
  readonly #concurrency: ConcurrencyLimit
  #inFlight = 0
  #refused = 0
  readonly #telling: NodeJS.Timeout
  /** How late the event loop was lately, and before that, on average, in ms. */
  #latest = 0
  #before = 0

  constructor(limits: LoadLimits) {
    this.#limits = limits
    this.#concurrency = new ConcurrencyLimit(limits.inFlight)
    this.#histogram.enable()
    this.#timer = setInterval(() => this.#look(), LOOKED_AT_EVERY).unref()
    this.#telling = setInterval(() => this.#tell(), TOLD_EVERY).unref()
  }

  /** One line for many: to write one for each would be more work at the worst of times. */
  #tell(): void {
    if (this.#refused > 0) log.warn({ refused: this.#refused }, 'requests were refused, since there was too much to do')
    this.#refused = 0
  }

  #look(): void {
    // Nothing was counted where the loop did not come round at all, or this is called late.
    const mean = Number.isNaN(this.#histogram.mean) ? 0 : this.#histogram.mean / 1e6
    this.#before = this.#latest
    this.#latest = Math.max(0, mean - RESOLUTION)
    this.#histogram.reset()
    this.#concurrency.look(this.#inFlight)
  }

  /** How far beyond what can be done this is; 1 is the limit. */
  get #load(): number {
    // Once late is no overload: it takes that long to plan an operation, or to collect garbage.
    const delay = Math.min(this.#latest, this.#before)
    return Math.max(this.#inFlight / this.#concurrency.now, delay / this.#limits.loopDelay)
  }

  /** Whether a request may begin, before it is known what it asks for. */
  get isOpen(): boolean {
    return this.#load < MUTATIONS_BEAR
  }

  /** Whether operations of a kind are admitted now. */
  admits(kind: OperationTypeNode): boolean {
    return kind === OperationTypeNode.MUTATION || this.#load <= 1
  }

  /** Counts a request that was admitted; gives what is to be called once its answer is there, however slowly it is read. */
  begin(operation: Timed | null | undefined): () => void {
    this.#inFlight++
    const begin = performance.now()
    return () => {
      this.#inFlight--
      const latency = performance.now() - begin
      if (operation) this.#concurrency.answered(latency, operation.slownessOf(latency))
    }
  }

  /** Refuses a request; it is ready-made, since whoever has too much to do must not do much to say so. */
  refuse(response: ServerResponse, head: string[]): void {
    this.#refused++
    response.writeHead(503, [...head, ...HEAD, 'retry-after', String(RETRY_AFTER), 'cache-control', 'no-store'])
    response.end(BODY)
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    clearInterval(this.#telling)
    this.#tell()
    this.#histogram.disable()
  }
}
