import { LRUCache } from 'lru-cache'
import type { Cache, CacheLook, CacheWrite } from '../../platform/cache/cache.ts'
import type { GatewayContext } from '../context.ts'
import { CachedAnswer } from './cached-answer.ts'
import { NearLooks, type SeenTags } from './near-looks.ts'
import { tell } from './outcomes.ts'
import type { PartsRequest, Flight, Loaded, Part } from './parts.ts'

/** How long a viewer's reads pass the cache by after a change of theirs, in ms: the change may not be told yet. */
const AFTER_WRITE = 2_000

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

  /**
   * Keeps values whose answer was seen to be right. Before it is sent: where something has changed meanwhile, it may tell
   * of that already, and whoever reads it is not to be served what was remembered before.
   */
  async keep(writes: CacheWrite[]): Promise<void> {
    if (writes.length > 0) this.#near.outdate(await this.#cache.write(writes))
  }

  /** The value of each part, as the subgraph would answer it: objects of their own for each caller. */
  async answer(asked: PartsRequest): Promise<Loaded> {
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

  async #withoutCache({ subgraph, parts, load, context }: PartsRequest, isAway: boolean): Promise<Loaded> {
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
