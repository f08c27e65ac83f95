import { LRUCache } from 'lru-cache'
import type { Freshness } from './freshness.ts'
import type { SeenTags } from './near-looks.ts'

/**
 * How long an answer as a whole is served without a look at what it is made of, in ms from when it was asked for. With
 * the half second that parts are remembered, less than a second in all.
 */
const SERVED = 400
/** Bytes that all of them may take. */
const BYTES = 64_000_000
/** The largest of them, in bytes. */
const LARGEST = 256_000

/** An answer as it was sent. */
export interface WholeAnswer {
  body: Buffer
  contentType: string
  cacheControl: string
  /** What was asked for. */
  document: string
  operationName: string | undefined
  /** What it costs to ask for it, in points. */
  cost: number
}

interface Kept extends WholeAnswer {
  /** When one who asks makes it anew, in ms of `performance.now()`, so that not all do when it ends. */
  renewedAt: number
  tags: ReadonlyMap<string, string>
  /** The news that its tags were compared with. */
  comparedAt: number
}

/** Answers to requests of nobody in particular, by the very request, for less than a second. */
export class WholeAnswers {
  readonly #answers = new LRUCache<string, Kept>({
    maxSize: BYTES,
    maxEntrySize: LARGEST,
    sizeCalculation: ({ body }, key) => body.length + 2 * key.length + 200,
  })
  readonly #seen: SeenTags

  constructor(seen: SeenTags) {
    this.#seen = seen
  }

  /** The answer to an equal request, unless something in it is known to have changed. */
  find(request: string): WholeAnswer | undefined {
    const kept = this.#answers.get(request)
    if (!kept) return undefined
    if (kept.comparedAt !== this.#seen.news && !this.#isCurrent(kept)) {
      this.#answers.delete(request)
      return undefined
    }
    if (performance.now() < kept.renewedAt) return kept
    kept.renewedAt = Infinity
    return undefined
  }

  #isCurrent(kept: Kept): boolean {
    kept.comparedAt = this.#seen.news
    for (const [tag, generation] of kept.tags) {
      const now = this.#seen.generationOf(tag)
      if (now !== undefined && now !== generation) return false
    }
    return true
  }

  /** Keeps an answer if all of it is everyone's. @param age how long ago it was asked for, in ms */
  keep(request: string, answer: WholeAnswer, { lifetime, tags }: Freshness, age: number): void {
    const ttl = Math.min(SERVED, (lifetime?.maxAge ?? 0) * 1_000) - age
    if (!lifetime || lifetime.isPrivate || ttl <= 0) return
    this.#answers.set(request, { ...answer, tags, comparedAt: -1, renewedAt: performance.now() + ttl / 2 }, { ttl })
  }
}
