import type { CacheEvent } from '../../platform/observe.ts'
import type { CacheWrite } from '../../platform/cache/cache.ts'
import { strictest, UNLIMITED, type Lifetime } from './hints.ts'

/** What became of a part of an answer. */
export type PartOutcome = Exclude<CacheEvent['outcome'], 'invalidated'> | 'uncached'

/** What the cache did for one fetch, for developers. */
export interface FetchStory {
  subgraph: string
  parts: Partial<Record<PartOutcome, number>>
}

/** What is known of how fresh an answer is, and how long it may be kept, while it is put together. */
export class Freshness {
  #lifetime: Lifetime = UNLIMITED
  /** The tags that the answer depends on, with their generations. */
  readonly tags = new Map<string, string>()
  readonly stories: FetchStory[] = []
  /** What is to be kept, once the whole answer is seen to be right. */
  readonly writes: CacheWrite[] = []
  #isWrong = false
  /** Whether the cache did not answer. */
  isCacheAway = false

  /** A part that may be kept was used. */
  depend(lifetime: Lifetime, tag: string, generation: string): void {
    this.#lifetime = strictest(this.#lifetime, lifetime)
    const known = this.tags.get(tag)
    // It changed while the answer was put together, so that no generation is that of the whole.
    this.tags.set(tag, known === undefined || known === generation ? generation : 'several')
  }

  /** A part was used that may not be kept. */
  dependOnUnknown(): void {
    this.#lifetime = { maxAge: 0, isPrivate: true }
  }

  /** The answer has errors, or values that its schema does not allow. */
  spoil(): void {
    this.#isWrong = true
  }

  /** How long the answer may be kept; null when it may not. */
  get lifetime(): Lifetime | null {
    const { maxAge } = this.#lifetime
    return this.#isWrong || maxAge <= 0 || maxAge === Infinity ? null : this.#lifetime
  }

  /**
   * The Cache-Control header of the answer. Whoever is signed in asks anew each time, or would not see what they wrote.
   * @param isSomebody whether the answer is for who asks alone: the request has a viewer, or is told what is left to spend
   */
  headerFor(isSomebody: boolean): string {
    const { lifetime } = this
    if (!lifetime) return 'no-store'
    return lifetime.isPrivate || isSomebody ? 'private, no-cache' : `public, max-age=${Math.floor(lifetime.maxAge)}`
  }

  /** The x-cache header: whether parts came from the cache. */
  get summary(): 'HIT' | 'PARTIAL' | 'MISS' {
    const outcomes = this.stories.flatMap(({ parts }) => Object.keys(parts))
    const kept = outcomes.filter((outcome) => outcome === 'hit' || outcome === 'stale' || outcome === 'early')
    if (kept.length === 0) return 'MISS'
    return kept.length === outcomes.length ? 'HIT' : 'PARTIAL'
  }
}
