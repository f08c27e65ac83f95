import type { Cluster, Redis } from 'ioredis'
import { log } from '../../platform/process/log.ts'
import type { Bucket } from './bucket.ts'

/** How often gateways tell each other what was spent, in ms: so long, each may let through what another did too. */
const TOLD_EVERY = 100

/** Buckets that are told at once. */
const BATCH = 1_000

/** Takes points from a bucket, and gives what is left; its time is that of Redis, so that no clocks need to agree. */
const SPEND = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local most, refill, spent = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[1], 'points', 'at')
local points = tonumber(known[1]) or most
local at = tonumber(known[2]) or now
points = math.max(-most, math.min(most, points + math.max(0, now - at) / 1000 * refill) - spent)
redis.call('HSET', KEYS[1], 'points', tostring(points), 'at', tostring(now))
redis.call('PEXPIRE', KEYS[1], math.ceil((most - points) / refill * 1000) + 1000)
return tostring(points)`

/**
 * Lets gateways count together what is spent: each decides by what it knows, at once, and they tell Redis ten times a
 * second. When Redis is away, each counts by itself.
 */
export class SharedBuckets implements Disposable {
  readonly #redis: Redis | Cluster
  /** What was spent from since the last time. */
  readonly #spent = new Set<Bucket>()
  readonly #timer: NodeJS.Timeout
  #isTelling = false

  constructor(redis: Redis | Cluster) {
    this.#redis = redis
    this.#timer = setInterval(() => void this.#tell(), TOLD_EVERY).unref()
  }

  /** Remembers to tell of what was spent. */
  note(bucket: Bucket): void {
    this.#spent.add(bucket)
  }

  async #tell(): Promise<void> {
    if (this.#isTelling || this.#spent.size === 0) return
    if (this.#redis.status !== 'ready') return this.#forget()
    this.#isTelling = true
    const batch = [...this.#spent].slice(0, BATCH)
    for (const bucket of batch) this.#spent.delete(bucket)
    await Promise.all(batch.map((bucket) => this.#tellOf(bucket)))
    this.#isTelling = false
  }

  /** What was spent while Redis is away is not told later: by then it has come back to who spent it. */
  #forget(): void {
    for (const bucket of this.#spent) bucket.untold = 0
    this.#spent.clear()
  }

  async #tellOf(bucket: Bucket): Promise<void> {
    const { key, untold, size } = bucket
    bucket.untold = 0
    try {
      const left = await this.#redis.eval(SPEND, 1, `rate:{${key}}`, size.points, size.refill, untold)
      bucket.adopt(Number(left), Date.now())
    } catch (error) {
      // It may have been counted before the answer was lost; told again it would count twice, against a client.
      log.debug({ err: error }, 'what was spent could not be told to the other gateways')
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#redis.disconnect()
  }
}

/** Connects to the Redis that all gateways count in; its client is loaded only where there is one. */
export async function openSharedBuckets(redisUrl: string | undefined): Promise<SharedBuckets | null> {
  if (!redisUrl) return null
  const { connectRedis } = await import('../../platform/cache/redis-connection.ts')
  return new SharedBuckets(connectRedis(redisUrl))
}
