import { LRUCache } from 'lru-cache'
import { networkOf } from '../../platform/http/network.ts'
import type { GatewayContext } from '../context.ts'
import { Bucket, type BucketSize } from './bucket.ts'
import type { RateLimits } from './limit-settings.ts'
import type { SharedBuckets } from './shared-buckets.ts'

/** Who pays for a request. */
export type Payer = Pick<GatewayContext, 'viewer' | 'clientAddress'>

/** What a viewer has left after a request. */
export interface Allowance {
  isGranted: boolean
  /** Points. */
  left: number
  /** Until the bucket is full again, or until the request would be granted, in whole seconds. */
  wait: number
  /** Of the bucket that decided. */
  size: BucketSize
}

/** Viewers and addresses that one gateway remembers; who is forgotten has a full bucket again, where Redis is away. */
const REMEMBERED = 100_000

/**
 * Lets each viewer, and each address, spend so many points in a while. Who is not signed in is known by the address
 * alone; an address that many viewers share has room for ten of them at once.
 */
export class RateLimiter {
  readonly #buckets = new LRUCache<string, Bucket>({ max: REMEMBERED })
  readonly #shared: SharedBuckets | null
  readonly #ofViewer: BucketSize
  readonly #ofAddress: BucketSize

  /** @param shared where all gateways count together; null where each does by itself */
  constructor({ points, refill, viewersPerAddress }: RateLimits, shared: SharedBuckets | null) {
    this.#ofViewer = { points, refill }
    this.#ofAddress = { points: points * viewersPerAddress, refill: refill * viewersPerAddress }
    this.#shared = shared
  }

  /** Takes points from who asks, if there are enough. */
  spend(points: number, { viewer, clientAddress }: Payer): Allowance {
    const now = Date.now()
    const address = networkOf(clientAddress)
    const ownKey = keyOf(viewer, address)
    const addressKey = `address:${address}`
    const own = this.#bucket(ownKey, this.#ofViewer, now)
    const all = this.#bucket(addressKey, this.#ofAddress, now)
    if (!own.has(points, now)) return refused(own, points, now)
    if (!all.has(points, now)) return refused(all, points, now)
    own.spend(points, now)
    all.spend(points, now)
    this.#shared?.note(ownKey, own)
    this.#shared?.note(addressKey, all)
    return granted(own, now)
  }

  /** What is left, as `spend` tells it, before anything is taken. */
  look(points: number, { viewer, clientAddress }: Payer): Allowance {
    const now = Date.now()
    const own = this.#bucket(keyOf(viewer, networkOf(clientAddress)), this.#ofViewer, now)
    return own.has(points, now) ? granted(own, now) : refused(own, points, now)
  }

  /** Takes points, whether there are enough or not. */
  fine(points: number, { viewer, clientAddress }: Payer): void {
    const now = Date.now()
    const key = keyOf(viewer, networkOf(clientAddress))
    const own = this.#bucket(key, this.#ofViewer, now)
    own.fine(points, now)
    this.#shared?.note(key, own)
  }

  #bucket(key: string, size: BucketSize, now: number): Bucket {
    const known = this.#buckets.get(key)
    if (known) return known
    const bucket = new Bucket(size, now)
    this.#buckets.set(key, bucket)
    return bucket
  }
}

const keyOf = (viewer: Payer['viewer'], address: string) => (viewer ? `viewer:${viewer.userId}` : `nobody:${address}`)

function granted(bucket: Bucket, now: number): Allowance {
  const left = bucket.left(now)
  const wait = ceil((bucket.size.points - left) / bucket.size.refill)
  return { isGranted: true, left: floor(left), wait, size: bucket.size }
}

function refused(bucket: Bucket, points: number, now: number): Allowance {
  const wait = Math.max(1, ceil(bucket.waitFor(points, now)))
  return { isGranted: false, left: floor(bucket.left(now)), wait, size: bucket.size }
}

const floor = (points: number) => Math.max(0, Math.floor(points))
const ceil = (seconds: number) => Math.max(0, Math.ceil(seconds))
