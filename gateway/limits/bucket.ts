/** What a bucket holds at most, in points, and what comes back each second. */
export interface BucketSize {
  points: number
  refill: number
}

/** A token bucket (https://en.wikipedia.org/wiki/Token_bucket), as one gateway knows it. */
export class Bucket {
  /** By which all gateways know it. */
  readonly key: string
  readonly size: BucketSize
  #points: number
  /** When the points were counted, in ms of `Date.now()`. */
  #at: number
  /** Points that were spent here, and that the others do not know of. */
  untold = 0

  constructor(key: string, size: BucketSize, now: number) {
    this.key = key
    this.size = size
    this.#points = size.points
    this.#at = now
  }

  /** Points that may be spent now. */
  left(now: number): number {
    this.#points = Math.min(this.size.points, this.#points + (Math.max(0, now - this.#at) / 1_000) * this.size.refill)
    this.#at = now
    return this.#points
  }

  /** Whether so many can be spent now; where that is more than it ever holds, whether it is full. */
  has(points: number, now: number): boolean {
    return this.left(now) >= Math.min(points, this.size.points)
  }

  /** Takes points, whether it has them or not: it may come to owe as many as it can hold. Gives how many it took. */
  fine(points: number, now: number): number {
    const taken = Math.min(points, this.left(now) + this.size.points)
    this.spend(taken, now)
    return taken
  }

  /** Takes points that it has. */
  spend(points: number, now: number): void {
    this.#points = this.left(now) - points
    this.untold += points
  }

  /** In how many seconds so many points can be spent. */
  waitFor(points: number, now: number): number {
    return (Math.min(points, this.size.points) - this.left(now)) / this.size.refill
  }

  /** What all gateways together have left; what was spent here since they were told is not yet off it. */
  adopt(points: number, now: number): void {
    this.#points = points - this.untold
    this.#at = now
  }
}
