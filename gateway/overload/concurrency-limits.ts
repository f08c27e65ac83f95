import { ConcurrencyLimit } from './concurrency-limit.ts'

/** An operation that knows what it asks, and how long it takes. */
export interface Timed {
  /** The names of the subgraphs that it may ask, as one text. */
  subgraphs: string
  /** How many times longer than its shortest run this one took; in ms. */
  slownessOf: (duration: number) => number
}

/** Requests that ask the same subgraphs. */
interface Group {
  inFlight: number
  limit: ConcurrencyLimit
}

/**
 * How many requests may be under way, for each set of subgraphs that they ask: where one subgraph is slow, those who do
 * not need it are let in as before, and where the machine is, all wait for each other.
 */
export class ConcurrencyLimits {
  readonly #highest: number
  readonly #groups = new Map<string, Group>()
  #inFlight = 0

  constructor(highest: number) {
    this.#highest = highest
  }

  /** Requests under way, all together. */
  get inFlight(): number {
    return this.#inFlight
  }

  /**
   * How far beyond what can be done the requests like an operation's are; 1 is the limit. One that is not known yet may
   * ask any subgraph: it waits for those that are best off.
   */
  loadOf(operation: Timed | null | undefined): number {
    if (operation) return loadOf(this.#groups.get(operation.subgraphs))
    const used = [...this.#groups.values()].filter(({ inFlight }) => inFlight > 0)
    return used.length === 0 ? 0 : Math.min(...used.map(loadOf))
  }

  /** Counts a request; gives what is to be called once its answer is there, with how long that took, in ms. */
  begin(operation: Timed | null | undefined): (latency: number) => void {
    this.#inFlight++
    if (!operation) return () => void this.#inFlight--
    const group = this.#groupOf(operation.subgraphs)
    group.inFlight++
    return (latency) => {
      this.#inFlight--
      group.inFlight--
      group.limit.answered(latency, operation.slownessOf(latency))
    }
  }

  /** Adapts the limits to what was answered since the last time. */
  look(): void {
    for (const { inFlight, limit } of this.#groups.values())
      if (inFlight > 0) limit.look({ count: inFlight, share: inFlight / this.#inFlight })
  }

  #groupOf(subgraphs: string): Group {
    const known = this.#groups.get(subgraphs)
    if (known) return known
    const group = { inFlight: 0, limit: new ConcurrencyLimit(this.#highest) }
    this.#groups.set(subgraphs, group)
    return group
  }
}

const loadOf = (group: Group | undefined) => (group ? group.inFlight / group.limit.now : 0)
