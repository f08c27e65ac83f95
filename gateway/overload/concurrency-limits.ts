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
  /** Of operations that are not known yet: how long they take tells nothing, and they may ask any subgraph. */
  readonly #unknown: Group
  #inFlight = 0

  constructor(highest: number) {
    this.#highest = highest
    this.#unknown = { inFlight: 0, limit: new ConcurrencyLimit(highest) }
  }

  /** Requests under way, all together. */
  get inFlight(): number {
    return this.#inFlight
  }

  /** How far beyond what can be done the requests like an operation's are; 1 is the limit. */
  loadOf(operation: Timed | null | undefined): number {
    const { inFlight, limit } = this.#groupOf(operation)
    return inFlight / limit.now
  }

  /** Counts a request; gives what is to be called once its answer is there, with how long that took, in ms. */
  begin(operation: Timed | null | undefined): (latency: number) => void {
    const group = this.#groupOf(operation)
    this.#inFlight++
    group.inFlight++
    return (latency) => {
      this.#inFlight--
      group.inFlight--
      if (operation) group.limit.answered(latency, operation.slownessOf(latency))
    }
  }

  /** Adapts the limits to what was answered since the last time. */
  look(): void {
    let queued = 0
    for (const { inFlight, limit } of this.#groups.values()) queued += limit.look(inFlight)
    for (const { limit } of this.#groups.values()) limit.adapt(queued)
  }

  #groupOf(operation: Timed | null | undefined): Group {
    if (!operation) return this.#unknown
    const known = this.#groups.get(operation.subgraphs)
    if (known) return known
    const group = { inFlight: 0, limit: new ConcurrencyLimit(this.#highest) }
    this.#groups.set(operation.subgraphs, group)
    return group
  }
}
