import type { FormattedExecutionResult } from 'graphql'
import type { ErrorCode } from './errors.ts'

/**
 * The longest answer that a subgraph sends, in characters, and in bytes as JSON: the gateway reads 16 MB. One that is far
 * longer would be no string any more, or take all memory.
 */
const LONGEST = { characters: 5_000_000, bytes: 15_000_000 }

/** The answer in the place of one that is too long. */
const TOO_LONG = JSON.stringify({
  errors: [
    {
      message: 'What was asked for is too much for one answer: ask for fewer objects, or in parts.',
      extensions: { code: 'COST_LIMIT_EXCEEDED' satisfies ErrorCode },
    },
  ],
})

/** An answer as JSON, or an error in its place where it would be too long. */
export function boundedJson(result: FormattedExecutionResult): string {
  if (rest(result, LONGEST.characters) < 0) return TOO_LONG
  const text = JSON.stringify(result)
  return Buffer.byteLength(text) > LONGEST.bytes ? TOO_LONG : text
}

/** What is left of so many characters after those of a value; looks no further once nothing is. */
function rest(value: unknown, left: number): number {
  if (left < 0) return left
  if (typeof value === 'string') return left - value.length
  if (typeof value !== 'object' || value === null) return left - 1
  return Array.isArray(value) ? restOfList(value, left) : restOfObject(value, left)
}

function restOfList(list: readonly unknown[], left: number): number {
  let still = left
  for (const item of list) {
    if (still < 0) break
    still = rest(item, still)
  }
  return still
}

function restOfObject(object: object, left: number): number {
  let still = left
  for (const [name, inside] of Object.entries(object)) {
    if (still < 0) break
    still = rest(inside, still - name.length)
  }
  return still
}
