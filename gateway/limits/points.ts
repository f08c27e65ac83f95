/** What planning an operation that was not seen before costs besides, in points. */
export const PLANNING = 10

/** Characters of a body that cost a point to read. */
const LENGTH_OF_A_POINT = 10_000

/** What it costs to read so many characters, in points. */
export const pointsOf = (length: number): number => Math.floor(length / LENGTH_OF_A_POINT)

/** What a request paid for that was refused with these codes. */
export const PAID: ReadonlySet<unknown> = new Set(['RATE_LIMITED', 'COST_LIMIT_EXCEEDED'])
