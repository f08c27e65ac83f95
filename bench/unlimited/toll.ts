/** Stands in the place of `gateway/limits/toll.ts`: nobody pays. */
export class Toll {
  bill(): { allowance: null; told: { requested: number } } {
    return { allowance: null, told: { requested: 0 } }
  }

  charge(): void {}

  chargePlanning(): void {}

  fine(): void {}

  requireSome(): void {}

  left(): null {
    return null
  }
}

export const rateHeadersOf = (): [string, string][] => []

export function pushRateHeaders(): void {}
