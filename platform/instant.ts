const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z')

/** Reads an instant of RFC 3339; null when it does not exist: `2026-02-30` does not, though `Date` would make the 2nd of March of it. */
export function parseInstant(text: string): Date | null {
  const [, year, month, day] = RFC_3339.exec(text) ?? []
  if (!year || !month || !day || Number(day) > daysOf(Number(year), Number(month))) return null
  const instant = new Date(text.toUpperCase())
  return instant.getTime() >= FIRST_INSTANT && instant.getUTCFullYear() <= 9999 ? instant : null
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
}
