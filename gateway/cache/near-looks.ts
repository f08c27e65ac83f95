import { LRUCache } from 'lru-cache'
import type { Cache, CacheItem, CacheLook } from '../../platform/cache/cache.ts'
import type { Lifetime } from './hints.ts'

/** How long a look into a cache elsewhere is remembered here, in ms. */
const NEAR = 500
/** Characters that all of them may take. */
const SIZE = 32_000_000

/** What a process has seen of tags. */
export interface SeenTags {
  /** How often something was seen that had not been seen before: while it stays the same, every generation does. */
  readonly news: number
  /** The generation of a tag that was seen last. */
  generationOf(tag: string): string | undefined
}

/**
 * Looks into the cache, those for what is everyone's from the memory of this process: for half a second, unless
 * something newer was seen of what they are about.
 */
export class NearLooks implements SeenTags {
  readonly #cache: Cache
  readonly #looks = new LRUCache<string, CacheLook>({
    ttl: NEAR,
    maxSize: SIZE,
    sizeCalculation: ({ value }, key) => (value?.text.length ?? 0) + key.length + 100,
  })
  /** The generation of each tag that was seen last. */
  readonly #generations = new LRUCache<string, string>({ max: 100_000 })
  #news = 0

  constructor(cache: Cache) {
    this.#cache = cache
  }

  generationOf(tag: string): string | undefined {
    return this.#generations.get(tag)
  }

  get news(): number {
    return this.#news
  }

  /** Looks for values; null when the cache is away. */
  async read(items: (CacheItem & Lifetime)[]): Promise<CacheLook[] | null> {
    const near = items.map((item) => this.#nearLook(item))
    const far = items.filter((_, index) => !near[index])
    const found = far.length === 0 ? [] : await this.#cache.read(far)
    if (!found) return null
    for (const [index, look] of found.entries()) this.#remember(far[index], look)
    const rest = found.values()
    return near.flatMap((look) => look ?? rest.next().value ?? [])
  }

  /** Tags have changed since they were seen: what is remembered of them is of the past. */
  outdate(tags: string[]): void {
    for (const tag of tags) this.#generations.set(tag, `unseen ${++this.#news}`)
  }

  #nearLook({ key, tag, isPrivate }: CacheItem & Lifetime): CacheLook | undefined {
    if (isPrivate || !this.#cache.isElsewhere) return undefined
    const look = this.#looks.get(key)
    return look?.generation === this.#generations.get(tag) ? look : undefined
  }

  #remember(item: (CacheItem & Lifetime) | undefined, look: CacheLook): void {
    if (!item) return
    if (this.#generations.get(item.tag) !== look.generation) this.#news++
    this.#generations.set(item.tag, look.generation)
    if (look.value && !item.isPrivate && this.#cache.isElsewhere) this.#looks.set(item.key, look)
  }
}
