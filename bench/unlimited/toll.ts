/** Stands in the place of `gateway/limits/toll.ts`: nobody pays. */
export class Toll {
  bill(): null {
    return null
  }

  charge(): void {}

  chargePlanning(): void {}

  fine(): void {}

  requireSome(): void {}
}

export const rateHeadersOf = (): string[] => []

export const headersOf = (): [string, string][] => []
