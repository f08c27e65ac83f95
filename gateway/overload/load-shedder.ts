import type { ServerResponse } from 'node:http'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'
import { OperationTypeNode } from 'graphql'
import { RETRY_AFTER, type ErrorCode } from '../../platform/graphql/errors.ts'
import { log } from '../../platform/process/log.ts'
import { ConcurrencyLimits, type Timed } from './concurrency-limits.ts'
import type { LoadLimits } from '../limits/limit-settings.ts'

/** How exactly the delay is measured, and how often it is looked at, in ms. */
const RESOLUTION = 10
const LOOKED_AT_EVERY = 100
/** How often it is told how many requests were refused, in ms. */
const TOLD_EVERY = 10_000

/**
 * What part of the time this process has something to do in before it can be the reason that requests wait, and how
 * much the last look counts for that.
 */
const BUSY = 0.2
const NEWEST = 0.2

/** How much more it takes before mutations are refused: whoever pays should not have to try again. */
const MUTATIONS_BEAR = 4

const BODY = `${JSON.stringify({
  errors: [
    {
      message: `There is too much to do now: try again in ${RETRY_AFTER} s.`,
      extensions: { code: 'UNAVAILABLE' satisfies ErrorCode, retryAfter: RETRY_AFTER },
    },
  ],
})}\n`

const HEAD = ['content-type', 'application/json; charset=utf-8', 'content-length', String(Buffer.byteLength(BODY))]

/**
 * Refuses requests while there is more to do than can be done, so that those that are admitted are answered in time.
 * What is begun is finished; mutations are refused last. The signals are how late the event loop is, which rises when
 * this process lacks time, and how many requests are under way, which rises when others do. Where this process has next
 * to nothing to do, requests wait for something far away, which is no overload of it: what bounds them is how many may
 * be under way at all, and how many calls each subgraph may have (`subgraphs/circuit-breaker.ts`).
 */
export class LoadShedder implements Disposable {
  readonly #limits: LoadLimits
  readonly #histogram = monitorEventLoopDelay({ resolution: RESOLUTION })
  readonly #timer: NodeJS.Timeout
  readonly #concurrency: ConcurrencyLimits
  #refused = 0
  #lookedAt = performance.now()
  #used = performance.eventLoopUtilization()
  /** What part of the time this process had something to do in lately. */
  #use = 0
  readonly #telling: NodeJS.Timeout
  /** How late the event loop was lately, and before that, on average, in ms. */
  #latest = 0
  #before = 0

  constructor(limits: LoadLimits) {
    this.#limits = limits
    this.#concurrency = new ConcurrencyLimits(limits.inFlight)
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
    const now = performance.now()
    // It counts from the second turn after a reset on: where there was none, a single turn took all the time.
    const mean = this.#histogram.count > 0 ? this.#histogram.mean / 1e6 : now - this.#lookedAt
    this.#before = this.#latest
    this.#latest = Math.max(0, mean - RESOLUTION)
    this.#histogram.reset()
    this.#lookedAt = now
    const used = performance.eventLoopUtilization()
    this.#use += NEWEST * (performance.eventLoopUtilization(used, this.#used).utilization - this.#use)
    this.#used = used
    this.#concurrency.look()
  }

  /** How far beyond what can be done this is, whatever is asked for; 1 is the limit. */
  get #load(): number {
    // Once late is no overload: it takes that long to plan an operation, or to collect garbage.
    const delay = Math.min(this.#latest, this.#before)
    return Math.max(this.#concurrency.inFlight / this.#limits.inFlight, delay / this.#limits.loopDelay)
  }

  /** Whether a request may begin, before it is known what it asks for. */
  get isOpen(): boolean {
    return this.#load < MUTATIONS_BEAR
  }

  /**
   * Whether an operation is admitted now.
   * @param operation undefined for one that is not known yet
   */
  admits(kind: OperationTypeNode, operation: Timed | null | undefined): boolean {
    const load = this.#use > BUSY ? Math.max(this.#load, this.#concurrency.loadOf(operation)) : this.#load
    return load <= (kind === OperationTypeNode.MUTATION ? MUTATIONS_BEAR : 1)
  }

  /** Counts a request that was admitted; gives what is to be called once its answer is there, however slowly it is read. */
  begin(operation: Timed | null | undefined): () => void {
    const end = this.#concurrency.begin(operation)
    const began = performance.now()
    return () => end(performance.now() - began)
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
