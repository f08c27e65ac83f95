import { randomUUID } from 'node:crypto'
import type { GraphQLFormattedError } from 'graphql'
import { isChanging, STALE, type Cache, type CacheLook } from '../../platform/cache/cache.ts'
import type { PartOutcome } from './freshness.ts'
import type { Lifetime } from './hints.ts'
import { tell } from './outcomes.ts'
import type { PartsRequest, Flight, Loaded } from './parts.ts'

/** The largest value that is kept, in bytes. */
const LARGEST = 256_000
/** How long one caller has to make a value anew while others get the old one, in ms. */
const CLAIM = 3_000
/** How long a load that has ended can be joined, in ms: until its value is found in the cache. */
const LANDED = 100

/** One look into the cache, and what follows from it. */
export class CachedAnswer {
  readonly #asked: PartsRequest
  readonly #looks: (CacheLook | null)[]
  readonly #cache: Cache
  readonly #flights: Map<string, Flight>
  readonly #outcomes = new Map<number, PartOutcome>()
  readonly #errors: GraphQLFormattedError[] = []

  constructor(asked: PartsRequest, looks: (CacheLook | null)[], cache: Cache, flights: Map<string, Flight>) {
    this.#asked = asked
    this.#looks = looks
    this.#cache = cache
    this.#flights = flights
  }

  async answer(): Promise<Loaded> {
    const { parts, context } = this.#asked
    await this.#claimDue()
    const values: unknown[] = Array.from({ length: parts.length })
    const missing: number[] = []
    for (const [index, look] of this.#looks.entries()) {
      const outcome = this.#outcomes.get(index)
      if (look?.value && outcome !== 'miss' && outcome !== 'refreshed') values[index] = JSON.parse(look.value.text)
      else missing.push(index)
      const { item } = parts[index] ?? {}
      if (item && look && !isChanging(look.generation))
        context.freshness.depend(remaining(item, look), item.tag, look.generation)
      else context.freshness.dependOnUnknown()
    }
    if (missing.length > 0) await this.#load(missing, values)
    tell(this.#asked, this.#outcomes)
    return { values, errors: this.#errors }
  }

  /** Loads what is missing; what somebody else is loading already, of the same generation, is waited for. */
  async #load(missing: number[], values: unknown[]): Promise<void> {
    const joined = missing.filter((index) => this.#flightOf(index))
    const own = missing.filter((index) => !joined.includes(index))
    const waits = joined.map(async (index) => ({ index, text: (await this.#flightOf(index)?.text) ?? null }))
    if (own.length > 0) await this.#loadOwn(own, values)
    const failed: number[] = []
    for (const { index, text } of await Promise.all(waits)) {
      this.#outcomes.set(index, 'coalesced')
      if (text === null) failed.push(index)
      else values[index] = JSON.parse(text)
    }
    // What went wrong for another may go well for us.
    if (failed.length > 0)
      this.#take(await this.#asked.load(failed, this.#asked.context, this.#stateOf(failed)), failed, values)
  }

  #flightOf(index: number): Flight | undefined {
    const { item } = this.#asked.parts[index] ?? {}
    const flight = item ? this.#flights.get(item.key) : undefined
    const generation = this.#looks[index]?.generation
    return flight && flight.generation === generation && !isChanging(generation) ? flight : undefined
  }

  async #loadOwn(indexes: number[], values: unknown[]): Promise<void> {
    const { load, context } = this.#asked
    const landing = Promise.withResolvers<Loaded | null>()
    this.#takeOff(indexes, landing.promise)
    try {
      const begin = performance.now()
      const loaded = await load(indexes, context, this.#stateOf(indexes))
      landing.resolve(loaded)
      this.#take(loaded, indexes, values)
      if (loaded.errors.length === 0)
        context.freshness.writes.push(...this.#writesFor(indexes, loaded, performance.now() - begin))
    } finally {
      landing.resolve(null)
    }
  }

  #stateOf(indexes: number[]): string {
    const generations = indexes.flatMap((index) => this.#looks[index]?.generation ?? [])
    // What is being changed is asked for by each for themselves.
    return generations.some(isChanging) ? randomUUID() : generations.join()
  }

  #take(loaded: Loaded, indexes: number[], values: unknown[]): void {
    for (const [position, index] of indexes.entries()) values[index] = loaded.values[position]
    this.#errors.push(...loaded.errors)
  }

  /** Lets others join in what is loaded from now on. */
  #takeOff(indexes: number[], loaded: Promise<Loaded | null>): void {
    for (const [position, index] of indexes.entries()) {
      const { item } = this.#asked.parts[index] ?? {}
      const generation = this.#looks[index]?.generation
      if (!item || generation === undefined) continue
      const text = loaded.then((result) =>
        result?.errors.length === 0 ? (JSON.stringify(result.values[position]) ?? null) : null,
      )
      const flight: Flight = { generation, text }
      this.#flights.set(item.key, flight)
      const forget = () => {
        if (this.#flights.get(item.key) === flight) this.#flights.delete(item.key)
      }
      void text.then((landed) => (landed === null ? forget() : setTimeout(forget, LANDED).unref()))
    }
  }

  #writesFor(indexes: number[], { values }: Loaded, cost: number) {
    return indexes.flatMap((index, position) => {
      const { item } = this.#asked.parts[index] ?? {}
      const generation = this.#looks[index]?.generation
      const text = JSON.stringify(values[position])
      if (!item || generation === undefined || text === undefined || Buffer.byteLength(text) > LARGEST) return []
      const value = { text, expiresAt: Date.now() + item.maxAge * 1_000 * jitter(), cost }
      return [{ key: item.key, tag: item.tag, generation, value }]
    })
  }

  /** Decides what becomes of each part: of all who find one that is due, in all processes, one makes it anew. */
  async #claimDue(): Promise<void> {
    const now = Date.now()
    await Promise.all(
      this.#looks.map(async (look, index) => {
        const outcome = outcomeOf(look, now)
        const { item } = this.#asked.parts[index] ?? {}
        const isDue = outcome === 'stale' || outcome === 'early'
        this.#outcomes.set(index, isDue && item && (await this.#cache.claim(item, CLAIM)) ? 'refreshed' : outcome)
      }),
    )
  }
}

/** How long a part may still be kept. */
function remaining(item: Lifetime, { value }: CacheLook): Lifetime {
  const left = value ? (value.expiresAt - Date.now()) / 1_000 : item.maxAge
  return { maxAge: Math.max(1, Math.min(item.maxAge, left)), isPrivate: item.isPrivate }
}

/** Values do not all expire in the same moment. */
const jitter = () => 0.9 + Math.random() * 0.1

/**
 * A value that is about to expire is made anew by chance before, the likelier the longer that takes: XFetch with β = 1,
 * of Vattani, Chierichetti and Lowenstein, "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015.
 */
function outcomeOf(look: CacheLook | null, now: number): PartOutcome {
  if (!look) return 'uncached'
  const { value } = look
  if (!value || now >= value.expiresAt + STALE) return 'miss'
  if (now >= value.expiresAt) return 'stale'
  return now - value.cost * Math.log(1 - Math.random()) >= value.expiresAt ? 'early' : 'hit'
}
