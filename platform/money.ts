import { z } from 'zod'

export const currencyCode = z.enum(['EUR', 'GBP', 'ILS', 'USD'])
export type CurrencyCode = z.infer<typeof currencyCode>

/** An amount in the minor unit of its currency, such as cents. */
export interface Money {
  minorUnits: bigint
  currencyCode: CurrencyCode
}

/** Digits after the point, by ISO 4217. */
const DIGITS: Record<CurrencyCode, number> = { EUR: 2, GBP: 2, ILS: 2, USD: 2 }

export const currencyCodes = currencyCode.options

/** The amount in the major unit, with exactly the digits of its currency: 1990 EUR cents are `19.90`. */
export function formatAmount({ minorUnits, currencyCode }: Money): string {
  const digits = DIGITS[currencyCode]
  const sign = minorUnits < 0n ? '-' : ''
  const text = (minorUnits < 0n ? -minorUnits : minorUnits).toString().padStart(digits + 1, '0')
  return digits === 0 ? sign + text : `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}`
}

/**
 * Reads a decimal amount of the major unit.
 * @param rounding what to do with more digits than the currency has: 'exact' gives null, the others round to a bound.
 */
export function parseAmount(
  amount: string,
  currencyCode: CurrencyCode,
  rounding: 'exact' | 'up' | 'down' = 'exact',
): bigint | null {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(amount) ?? []
  if (!whole) return null
  const digits = DIGITS[currencyCode]
  const kept = BigInt(`${sign}${whole}${fraction.slice(0, digits).padEnd(digits, '0')}`)
  const isExact = /^0*$/.test(fraction.slice(digits))
  if (isExact) return kept
  if (rounding === 'exact') return null
  // `kept` is rounded towards zero, which is down for positive amounts and up for negative ones.
  if (rounding === 'up') return sign ? kept : kept + 1n
  return sign ? kept - 1n : kept
}

/** How `Money` is shown in the schema. */
export const moneyResolvers = { amount: (money: Money): string => formatAmount(money) }
