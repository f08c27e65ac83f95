import { createHash, randomUUID } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import { parseJson } from '../json.ts'
import { log } from '../process/log.ts'
import {
  changingGeneration,
  GENERATION_KEPT,
  isChanging,
  STALE,
  SUSPENDED,
  type Cache,
  type CacheItem,
  type CacheLook,
  type CacheWrite,
} from './cache.ts'
import { connectRedis, type CacheCommands } from './redis-connection.ts'
import { messageOf } from '../process/message-of.ts'

/** How long the cache is left alone after it failed so often in a row, in ms. */
const PAUSE = 1_000
const FAILURES = 3
/**
 * What the cache may take, in ms: little for who reads, who can do without it; more before a commit, since what could
 * not be suspended then may be served while others see the change already.
 */
const LONGEST = 50
const LONGEST_SUSPENDING = 250
/** How often an invalidation that failed is tried again, in ms. */
const RETRY = 100
/** How many at once, how many are kept at all, and for how long, in ms: longer than any value is. */
const BATCH = 500
const LOST = 100_000
const LOST_KEPT = GENERATION_KEPT

/**
 * A cache in Redis. Every item's keys carry its tag as their hash tag, so that they live on one node of a cluster.
 * When Redis fails, that is no failure of whoever asks: there is no cache for a moment, and then it is tried again.
 */
export function createRedisCache(url: string): Cache {
  return new RedisCache(connectRedis(url))
}

class RedisCache implements Cache {
  readonly isElsewhere = true
  readonly #redis: (Redis | Cluster) & CacheCommands
  /** Tags whose change could not be told, and since when. */
  readonly #lost = new Map<string, number>()
  #failures = 0
  #pausedUntil = 0
  #retrying: NodeJS.Timeout | undefined
  #isClosing = false

  constructor(redis: (Redis | Cluster) & CacheCommands) {
    this.#redis = redis
  }

  async read(items: CacheItem[]): Promise<CacheLook[] | null> {
    // Sent one by one in the same moment, they go out together, to each node of a cluster its own.
    const found = await this.#try(() =>
      Promise.all(
        items.map(({ key, tag }) =>
          this.#redis.lookUp(generationKey(tag), valueKey(tag, key), randomUUID(), GENERATION_KEPT),
        ),
      ),
    )
    return found && found.map(([generation, text], index) => lookOf(generation, text, items[index]?.key))
  }

  async write(writes: CacheWrite[]): Promise<string[]> {
    const now = Date.now()
    const lasting = writes.filter(({ value, generation }) => value.expiresAt + STALE > now && !isChanging(generation))
    const kept = await this.#try(() =>
      Promise.all(
        lasting.map((write) =>
          this.#redis.keep(
            generationKey(write.tag),
            valueKey(write.tag, write.key),
            write.generation,
            textOf(write),
            Math.ceil(write.value.expiresAt + STALE - now),
          ),
        ),
      ),
    )
    return lasting.flatMap(({ tag }, index) => (kept?.[index] === 0 ? [tag] : []))
  }

  async claim({ key, tag }: CacheItem, duration: number): Promise<boolean> {
    const claimed = await this.#try(() => this.#redis.set(`${valueKey(tag, key)}:claim`, '1', 'PX', duration, 'NX'))
    return claimed === 'OK'
  }

  async suspend(tags: string[]): Promise<void> {
    await this.#try(
      () => Promise.all(tags.map((tag) => this.#redis.set(generationKey(tag), changingGeneration(), 'PX', SUSPENDED))),
      LONGEST_SUSPENDING,
    )
  }

  /** Removes generations, which a Redis that is full does not refuse: the next look makes others. */
  async invalidate(tags: string[]): Promise<void> {
    const told = await this.#try(() => Promise.all(tags.map((tag) => this.#redis.unlink(generationKey(tag)))))
    if (told !== null) return
    const now = Date.now()
    for (const tag of tags) this.#lost.set(tag, now)
    this.#retryLater()
  }

  /** What could not be told is told as soon as Redis is back, a batch at a time. */
  #retryLater(): void {
    if (this.#isClosing || this.#lost.size === 0) return
    this.#retrying ??= setTimeout(() => void this.#retry(), RETRY)
  }

  async #retry(): Promise<void> {
    const batch = [...this.#lost.keys()].slice(0, BATCH)
    const told =
      this.#redis.status === 'ready'
        ? await this.#try(() => Promise.all(batch.map((tag) => this.#redis.unlink(generationKey(tag)))))
        : null
    if (told !== null) for (const tag of batch) this.#lost.delete(tag)
    // Values are gone by then.
    const oldest = Date.now() - LOST_KEPT
    for (const [tag, since] of this.#lost) if (since < oldest || this.#lost.size > LOST) this.#lost.delete(tag)
    this.#retrying = undefined
    this.#retryLater()
  }

  /** Runs commands unless Redis failed a moment ago; null when they fail. */
  async #try<Result>(run: () => Promise<Result>, longest = LONGEST): Promise<Result | null> {
    return Date.now() < this.#pausedUntil ? null : this.#attempt(run, longest)
  }

  async #attempt<Result>(run: () => Promise<Result>, longest: number): Promise<Result | null> {
    try {
      const result = await inTime(run(), longest)
      this.#failures = 0
      return result
    } catch (error) {
      this.#failed(error)
      return null
    }
  }

  #failed(error: unknown): void {
    if (++this.#failures < FAILURES) return
    if (Date.now() >= this.#pausedUntil && !this.#isClosing) log.warn({ reason: messageOf(error) }, 'the cache is away')
    this.#pausedUntil = Date.now() + PAUSE
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    clearTimeout(this.#retrying)
    this.#redis.disconnect()
  }
}

/**
 * Waits for so many ms at most. A process that was busy itself reads what has arrived meanwhile before it gives up:
 * otherwise it would lose its cache whenever it has most to do.
 */
function inTime<Result>(work: Promise<Result>, longest: number): Promise<Result> {
  return new Promise((resolve, reject) => {
    const giveUp = () => setImmediate(() => setImmediate(() => reject(new Error('Redis took too long'))))
    const timer = setTimeout(giveUp, longest)
    work.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

const generationKey = (tag: string) => `{${hashTagOf(tag)}}:generation`
const valueKey = (tag: string, key: string) => `{${hashTagOf(tag)}}:value:${digest(key)}`

/** A tag holds what clients send: one that is long, or could end a hash tag, stands as its digest. */
const hashTagOf = (tag: string) => (tag.length <= 80 && !/[{}]/.test(tag) ? tag : digest(tag))

const digest = (text: string) => createHash('sha256').update(text).digest('base64url')

/** The head of a value on a line of its own, since JSON that JSON.stringify makes has no line ends. */
function textOf({ key, generation, value: { text, expiresAt, cost } }: CacheWrite): string {
  return `${JSON.stringify([generation, expiresAt, cost, key])}\n${text}`
}

/** A value that is of another key or generation, or no value at all, is none. */
function lookOf(generation: string, stored: string | null, key: string | undefined): CacheLook {
  const none = { generation, value: null }
  if (stored === null) return none
  const end = stored.indexOf('\n')
  const head = parseJson(stored.slice(0, end))
  if (!Array.isArray(head)) return none
  const [written, expiresAt, cost, ofKey] = head
  if (written !== generation || ofKey !== key || typeof expiresAt !== 'number' || typeof cost !== 'number') return none
  return { generation, value: { text: stored.slice(end + 1), expiresAt, cost } }
}
