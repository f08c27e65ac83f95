import { RefusedError } from '../../platform/graphql/errors.ts'
import type { GatewayContext } from '../context.ts'
import type { BucketSize } from './bucket.ts'
import { PLANNING, pointsOf } from './points.ts'
import { RateLimiter, type Allowance, type Payer } from './rate-limiter.ts'
import type { Limits } from './limit-settings.ts'
import type { SharedBuckets } from './shared-buckets.ts'

/** What a request cost, and what is left. */
export interface Bill {
  allowance: Allowance
  /** What `extensions.cost` tells, in points. */
  report: { requested: number; limit: number; left: number }
}

/** An operation costs more than any may. */
class CostLimitError extends RefusedError {
  constructor(cost: number, most: number, allowance: Allowance) {
    const message = `The operation may cost ${cost} points, and at most ${most} are allowed: ask for fewer objects, or in parts.`
    super('COST_LIMIT_EXCEEDED', message, { status: 400, headers: rateHeadersOf(allowance) })
  }
}

/** A viewer, or an address, asked for too much lately. */
class RateLimitError extends RefusedError {
  constructor(allowance: Allowance) {
    const { wait } = allowance
    super('RATE_LIMITED', `Too much was asked for lately: try again in ${wait} s.`, {
      status: 429,
      retryAfter: wait,
      headers: [['retry-after', String(wait)], ...rateHeadersOf(allowance)],
    })
  }
}

/** Makes operations pay before they run. */
export class Toll {
  readonly #mostCost: number
  readonly #rate: RateLimiter

  /** @param shared where all gateways count together; null where each does by itself */
  constructor({ cost, rate }: Limits, shared: SharedBuckets | null) {
    this.#mostCost = cost
    this.#rate = new RateLimiter(rate, shared)
  }

  /**
   * Takes what an operation costs from who asks, and what it costs to read so much.
   * @param length of the request's body, in characters
   * @throws CostLimitError, RateLimitError, with the HTTP status that they lead to.
   */
  bill(cost: number, payer: Payer, length: number): Bill {
    const reading = pointsOf(length)
    // Whatever is no number is too much, too.
    if (!(cost <= this.#mostCost)) {
      throw new CostLimitError(cost, this.#mostCost, this.#take(1 + reading, payer))
    }
    // A request that costs nothing is work all the same.
    const allowance = this.#take(Math.max(1, cost) + reading, payer)
    return { allowance, report: { requested: cost, limit: this.#mostCost, left: allowance.left } }
  }

  /** The same, noted in the context. */
  charge(cost: number, context: GatewayContext): void {
    context.account.bill = this.bill(cost, context, context.bodyLength)
  }

  /**
   * Takes what it costs to plan an operation that was not seen before.
   * @throws RateLimitError
   */
  chargePlanning(context: GatewayContext): void {
    this.#take(PLANNING, context)
    context.account.isPlanned = true
  }

  /** Takes the same, or less, for what turned out to be no operation; who did too much of that is refused the next time. */
  fine(payer: Payer, points = PLANNING): void {
    this.#rate.fine(points, payer)
  }

  /**
   * Looks whether who asks has anything left, before a document is read.
   * @throws RateLimitError
   */
  requireSome(payer: Payer): void {
    const allowance = this.left(payer)
    if (!allowance.isGranted) throw new RateLimitError(allowance)
  }

  /** What whoever asks has left. */
  left(payer: Payer): Allowance {
    return this.#rate.look(1, payer)
  }

  #take(points: number, payer: Payer): Allowance {
    const allowance = this.#rate.spend(points, payer)
    if (!allowance.isGranted) throw new RateLimitError(allowance)
    return allowance
  }
}

/** The RateLimit fields of https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/ */
export function rateHeadersOf(allowance: Allowance): [name: string, value: string][] {
  return [
    ['ratelimit-policy', policyOf(allowance.size)],
    ['ratelimit', restOf(allowance)],
  ]
}

/** Adds the same to a head of names and values in turns. */
export function pushRateHeaders(head: string[], allowance: Allowance): void {
  head.push('ratelimit-policy', policyOf(allowance.size), 'ratelimit', restOf(allowance))
}

const restOf = ({ left, wait }: Allowance) => `"points";r=${left};t=${wait}`

/** Policies as they are sent, of the few sizes that there are. */
const policies = new WeakMap<BucketSize, string>()

function policyOf(size: BucketSize): string {
  const known = policies.get(size)
  if (known) return known
  const policy = `"points";q=${size.points};w=${Math.ceil(size.points / size.refill)}`
  policies.set(size, policy)
  return policy
}
