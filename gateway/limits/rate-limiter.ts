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

/** Viewers, and addresses, that one gateway remembers; who is forgotten has a full bucket again, where Redis is away. */
const REMEMBERED = 100_000

/** What one address may spend. */
interface AddressBuckets {
  /** All who are not signed in. */
  nobody: Bucket
  /** They, and all viewers. */
  all: Bucket
}

/** What a request is paid from. */
interface Buckets {
  own: Bucket
  /** Of all who ask from its address. */
  all: Bucket
}

/**
 * Lets each viewer, and each address, spend so many points in a while. Who is not signed in is known by the address
 * alone; an address that many viewers share has room for ten of them at once.
 */
export class RateLimiter {
  readonly #viewers = new LRUCache<string, Bucket>({ max: REMEMBERED })
  readonly #addresses = new LRUCache<string, AddressBuckets>({ max: REMEMBERED })
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
  spend(points: number, payer: Payer): Allowance {
    const now = Date.now()
    const { own, all } = this.#bucketsOf(payer, now)
    if (!own.has(points, now)) return refused(own, points, now)
    if (!all.has(points, now)) return refused(all, points, now)
    own.spend(points, now)
    all.spend(points, now)
    this.#shared?.note(own)
    this.#shared?.note(all)
    return granted({ own, all }, now)
  }

  /** What is left, as `spend` tells it, before anything is taken. */
  look(points: number, payer: Payer): Allowance {
    const now = Date.now()
    const { own, all } = this.#bucketsOf(payer, now)
    if (!own.has(points, now)) return refused(own, points, now)
    return all.has(points, now) ? granted({ own, all }, now) : refused(all, points, now)
  }

  /** Takes points, whether there are enough or not. */
  fine(points: number, payer: Payer): void {
    const now = Date.now()
    const { own, all } = this.#bucketsOf(payer, now)
    // Who owes all that anybody can owe takes no more from the others of the address.
    all.fine(own.fine(points, now), now)
    this.#shared?.note(own)
    this.#shared?.note(all)
  }

  #bucketsOf({ viewer, clientAddress }: Payer, now: number): Buckets {
    const { nobody, all } = this.#ofNetwork(networkOf(clientAddress), now)
    return { own: viewer ? this.#ofUser(viewer.userId, now) : nobody, all }
  }

  #ofNetwork(network: string, now: number): AddressBuckets {
    const known = this.#addresses.get(network)
    if (known) return known
    const buckets = {
      nobody: new Bucket(`nobody:${network}`, this.#ofViewer, now),
      all: new Bucket(`address:${network}`, this.#ofAddress, now),
    }
    this.#addresses.set(network, buckets)
    return buckets
  }

  #ofUser(userId: string, now: number): Bucket {
    const known = this.#viewers.get(userId)
    if (known) return known
    const bucket = new Bucket(`viewer:${userId}`, this.#ofViewer, now)
    this.#viewers.set(userId, bucket)
    return bucket
  }
}

/** Tells of the bucket that will be empty first. */
function granted({ own, all }: Buckets, now: number): Allowance {
  const bucket = all.left(now) < own.left(now) ? all : own
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
