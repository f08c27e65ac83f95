/** Requests that are taken to wait for others, at most and at least, as TCP Vegas has packets in queues. */
const QUEUED = { most: 36, least: 18 }
/** The lowest limit, and the one to begin with. */
const LOWEST = 36
const FIRST = 256
/** What is let in of some that are few among many, however slow they are. */
const FEW = 4
/**
 * How long requests may take on average before it matters that they wait for each other, in ms, and how many times longer
 * than they need: what varies by itself is kept from nothing where others wait.
 */
const ACCEPTABLE = 50
const TWICE = 2
/** Looks within which an overload is the same as before. */
const RECENT = 10
/** What the limit is multiplied by, and how much of it has to be used before it is raised. */
const LOWERED = 0.7
const RAISED = 1.1
const ALMOST_FULL = 0.8
/** Answers from which on a while tells something. */
const ENOUGH = 10

/**
 * How many requests of one kind may be under way at once: found out from how long they take beside how long they take
 * when nothing waits. It is TCP Vegas (Brakmo and Peterson, 1995), as Netflix's concurrency-limits has it for requests.
 */
export class ConcurrencyLimit {
  readonly #highest: number
  #limit: number
  /** How many times longer than they need requests took, all together, since the last look. */
  #slowness = 0
  #latency = 0
  #answers = 0
  /** How many times longer each took, when it was looked at last; whether that is long; and of how many. */
  #mean = 1
  #isSlow = false
  #count = 0
  /** Whether enough was answered before the last look to judge by. */
  #isNew = false
  /** Looks since requests waited for each other too long. */
  #since = Infinity

  constructor(highest: number) {
    this.#highest = highest
    this.#limit = Math.min(FIRST, highest)
  }

  get now(): number {
    return this.#limit
  }

  /**
   * @param latency of a request, in ms
   * @param slowness how many times longer that is than the shortest of its operation
   */
  answered(latency: number, slowness: number): void {
    this.#latency += latency
    this.#slowness += slowness
    this.#answers++
  }

  /** Looks at what was answered since the last time; gives how many of so many under way wait for others. */
  look(count: number): number {
    this.#count = count
    this.#since++
    this.#isNew = this.#answers >= ENOUGH
    if (this.#isNew) {
      this.#mean = this.#slowness / this.#answers
      this.#isSlow = this.#latency / this.#answers > ACCEPTABLE && this.#mean > TWICE
      this.#latency = this.#slowness = this.#answers = 0
    }
    return this.#queued
  }

  get #queued(): number {
    return this.#count * (1 - 1 / this.#mean)
  }

  /** Raises or lowers the limit by what the last look found. @param queued requests of all kinds that wait for others, which fill the same queues */
  adapt(queued: number): void {
    if (!this.#isNew) return
    const isOverloaded = this.#isSlow && queued > QUEUED.most
    // Once is no overload: so much piles up while garbage is collected, and is gone by the next look.
    const isLasting = isOverloaded && this.#since <= RECENT
    if (isOverloaded) this.#since = 0
    if (isLasting) {
      const lowest = Math.max(FEW, LOWEST * (this.#queued / queued))
      this.#limit = Math.min(this.#highest, Math.max(lowest, Math.min(this.#limit, this.#count) * LOWERED))
    } else if ((!this.#isSlow || queued < QUEUED.least) && this.#count > this.#limit * ALMOST_FULL)
      this.#limit = Math.min(this.#highest, this.#limit * RAISED)
  }
}
