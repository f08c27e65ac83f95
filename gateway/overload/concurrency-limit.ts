/** Requests that are taken to wait for others, at most and at least, as TCP Vegas has packets in queues. */
const QUEUED = { most: 48, least: 24 }
/** The lowest limit, and the one to begin with. */
const LOWEST = 32
const FIRST = 64
/** Answers from which on a while tells something. */
const ENOUGH = 10
/** How much the shortest latency is taken to rise at each look, so that a change of what is asked for is learnt. */
const DRIFT = 1.0005

/**
 * How many requests may be under way at once: found out from how long they take beside how long they take when nothing
 * waits. It is TCP Vegas (Brakmo and Peterson, 1995), as Netflix's concurrency-limits has it for requests: where
 * requests wait for each other the limit falls, and where they only wait for something far away it rises.
 */
export class ConcurrencyLimit {
  readonly #highest: number
  #limit: number
  #shortest = Infinity
  #latencies = 0
  #answers = 0

  constructor(highest: number) {
    this.#highest = highest
    this.#limit = Math.min(FIRST, highest)
  }

  get now(): number {
    return this.#limit
  }

  /** @param latency of a request that was answered, in ms */
  answered(latency: number): void {
    this.#latencies += latency
    this.#answers++
  }

  /** Adapts to what was answered since the last time. @param inFlight requests under way now */
  look(inFlight: number): void {
    if (this.#answers < ENOUGH) return
    const mean = this.#latencies / this.#answers
    this.#latencies = 0
    this.#answers = 0
    this.#shortest = Math.min(this.#shortest * DRIFT, mean)
    const queued = inFlight * (1 - this.#shortest / mean)
    if (queued > QUEUED.most) this.#limit = Math.max(LOWEST, Math.min(this.#limit, inFlight) * 0.9)
    else if (queued < QUEUED.least && inFlight > this.#limit * 0.8)
      this.#limit = Math.min(this.#highest, this.#limit * 1.1)
  }
}
