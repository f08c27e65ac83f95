import { randomUUID } from 'node:crypto'
import type { GraphQLFormattedError } from 'graphql'
import { LRUCache } from 'lru-cache'
import {
  isChanging,
  STALE,
  type Cache,
  type CacheItem,
  type CacheLook,
  type CacheWrite,
} from '../../platform/cache/cache.ts'
import { cacheAnswers, type CacheEvent } from '../../platform/observe.ts'
import type { GatewayContext } from '../context.ts'
import type { PartOutcome } from './freshness.ts'
import type { Lifetime } from './hints.ts'
import { NearLooks, type SeenTags } from './near-looks.ts'

/** The largest value that is kept, in bytes. */
const LARGEST = 256_000
/** How long one caller has to make a value anew while others get the old one, in ms. */
const CLAIM = 3_000
/** How long a viewer's reads pass the cache by after a change of theirs, in ms: the change may not be told yet. */
const AFTER_WRITE = 2_000
/** How long a load that has ended can be joined, in ms: until its value is found in the cache. */
const LANDED = 100

/** A part of a subgraph's answer: one entity, or one root field. */
export interface Part {
  /** What it is called where outcomes are counted: the name of a type or root field. */
  subject: string
  /** Where it is kept; null when it may not be. */
  item: (CacheItem & Lifetime) | null
}

/** What a subgraph answered for some parts, in their order, and what went wrong. */
export interface Loaded {
  values: unknown[]
  errors: GraphQLFormattedError[]
}

/** Asks the subgraph for some of the parts, by their indexes. @param state what the cache knew before of all of them */
export type LoadParts = (indexes: number[], context: GatewayContext, state: string) => Promise<Loaded>

/** A load that is under way, which others may join. */
interface Flight {
  generation: string
  /** JSON; null when the subgraph did not answer well. */
  text: Promise<string | null>
}

/** What is asked for, and by whom. */
interface Asked {
  subgraph: string
  parts: Part[]
  load: LoadParts
  context: GatewayContext
}

/** Answers parts from the cache, and asks subgraphs for what is not there. */
export class CachedParts {
  readonly #cache: Cache
  readonly #flights = new Map<string, Flight>()
  readonly #near: NearLooks
  readonly #writers = new LRUCache<string, true>({ max: 100_000, ttl: AFTER_WRITE })

  constructor(cache: Cache) {
    this.#cache = cache
    this.#near = new NearLooks(cache)
  }

  /** What this process has seen last of each tag. */
  get seen(): SeenTags {
    return this.#near
  }

  /** A viewer changes something: what they read from now on for a moment comes from the subgraphs. */
  noteWrite({ viewer }: GatewayContext): void {
    if (viewer) this.#writers.set(viewer.userId, true)
  }

  /** Keeps values whose answer was seen to be right; nobody waits for that. */
  keep(writes: CacheWrite[]): void {
    if (writes.length > 0) void this.#cache.write(writes)
  }

  /** The value of each part, as the subgraph would answer it: objects of their own for each caller. */
  async answer(asked: Asked): Promise<Loaded> {
    const { parts, context } = asked
    const items = parts.flatMap(({ item }) => (item ? [item] : []))
    const hasWritten = context.viewer !== null && this.#writers.has(context.viewer.userId)
    const isBypassed = hasWritten || context.routed !== null
    const isAsked = items.length > 0 && !isBypassed && !context.freshness.isCacheAway
    const looks = isAsked ? await this.#near.read(items) : null
    // Once in an answer is enough to wait for a cache that does not answer.
    if (isAsked && !looks) context.freshness.isCacheAway = true
    if (!looks) return this.#withoutCache(asked, context.freshness.isCacheAway)
    const found = looksByPart(parts, looks)
    return new CachedAnswer(asked, found, this.#cache, this.#flights).answer()
  }

  async #withoutCache({ subgraph, parts, load, context }: Asked, isAway: boolean): Promise<Loaded> {
    context.freshness.dependOnUnknown()
    tell({ subgraph, parts, context }, new Map(parts.map((_, index) => [index, isAway ? 'away' : 'uncached'])))
    return load(allOf(parts), context, '')
  }
}

const allOf = (parts: Part[]) => parts.map((_, index) => index)

function looksByPart(parts: Part[], looks: CacheLook[]): (CacheLook | null)[] {
  const rest = looks.values()
  return parts.map(({ item }) => (item ? (rest.next().value ?? null) : null))
}

/** One look into the cache, and what follows from it. */
class CachedAnswer {
  readonly #asked: Asked
  readonly #looks: (CacheLook | null)[]
  readonly #cache: Cache
  readonly #flights: Map<string, Flight>
  readonly #outcomes = new Map<number, PartOutcome>()
  readonly #errors: GraphQLFormattedError[] = []

  constructor(asked: Asked, looks: (CacheLook | null)[], cache: Cache, flights: Map<string, Flight>) {
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

function tell({ subgraph, parts, context }: Omit<Asked, 'load'>, outcomes: Map<number, PartOutcome>): void {
  const counts: Partial<Record<PartOutcome, number>> = {}
  for (const [index, outcome] of outcomes) {
    counts[outcome] = (counts[outcome] ?? 0) + 1
    if (outcome !== 'uncached') publish(outcome, subgraph, parts[index])
  }
  context.freshness.stories.push({ subgraph, parts: counts })
}

function publish(outcome: Exclude<PartOutcome, 'uncached'>, subgraph: string, part: Part | undefined): void {
  if (cacheAnswers.hasSubscribers)
    cacheAnswers.publish({ outcome, subgraph, subject: part?.subject ?? '' } satisfies CacheEvent)
}
