import { randomUUID } from 'node:crypto'

/** Where a value is kept, and what it depends on. */
export interface CacheItem {
  /** All that the value depends on. */
  key: string
  /** What it tells of, such as `product:product_…`: a change of that makes the value one of the past. */
  tag: string
}

/** A value as it is kept. Times are in ms; `expiresAt` is one of `Date.now()`. */
export interface CachedValue {
  /** JSON. */
  text: string
  expiresAt: number
  /** What it took to make it, which decides how early it is made anew. */
  cost: number
}

/** What a look into the cache gives. */
export interface CacheLook {
  /** The generation of the tag, read before anything is loaded; it never has the same value twice. */
  generation: string
  value: CachedValue | null
}

/** A value to keep, unless its tag has another generation by now. */
export interface CacheWrite extends CacheItem {
  generation: string
  value: CachedValue
}

/** How long a value is kept after it expired, in ms: it may be served while it is made anew. */
export const STALE = 30_000

/** How long a generation is kept, in ms; values of one that is gone are gone with it. */
export const GENERATION_KEPT = 600_000

/** How long a tag is suspended at most, in ms: longer than a commit takes. */
export const SUSPENDED = 5_000

const CHANGING = 'changing'

/** A generation of which nothing is kept. */
export const changingGeneration = () => `${CHANGING} ${randomUUID()}`

/** Whether a tag is being changed, so that nobody may share what they find. */
export const isChanging = (generation: string) => generation.startsWith(CHANGING)

/**
 * Keeps values by key until they expire or their tag changes. A generation that is read before the database, and
 * compared at the write and at each read, leaves nothing behind of a reader that was slower than a writer.
 */
export interface Cache extends AsyncDisposable {
  /** Whether a look costs a round trip. */
  readonly isElsewhere: boolean
  /** Looks for values, in one round trip; null when the cache is away. */
  read: (items: CacheItem[]) => Promise<CacheLook[] | null>
  /** Keeps values; what cannot be kept is not. @returns the tags that are seen to have another generation by now */
  write: (writes: CacheWrite[]) => Promise<string[]>
  /** Gives one caller, of all processes, the right to make a value anew for some ms. */
  claim: (item: CacheItem, duration: number) => Promise<boolean>
  /** Keeps and serves nothing that depends on the tags, until they are invalidated, or for some seconds. */
  suspend: (tags: string[]) => Promise<void>
  /** Makes all that depends on the tags a thing of the past. It never fails: what cannot be told now is told later. */
  invalidate: (tags: string[]) => Promise<void>
}
