import type { Allowance } from '../../gateway/limits/rate-limiter.ts'
import type { Bill, Toll as RealToll } from '../../gateway/limits/toll.ts'

const ALLOWANCE: Allowance = { isGranted: true, left: 0, wait: 0, size: { points: 1, refill: 1 } }

/** Stands in the place of `gateway/limits/toll.ts`: nobody pays. */
export class Toll implements Pick<RealToll, keyof RealToll> {
  bill(): Bill {
    return { allowance: ALLOWANCE, report: { requested: 0, limit: 0, left: 0 } }
  }

  charge(): void {}

  chargePlanning(): void {}

  fine(): void {}

  requireSome(): void {}

  left(): Allowance {
    return ALLOWANCE
  }
}

export const rateHeadersOf = (): [string, string][] => []

export function pushRateHeaders(): void {}
