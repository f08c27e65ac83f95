import { BadInputError } from './errors.ts'

const LONGEST = 200

/**
 * Reads a text to search for; null when there is none.
 * @param path names the argument when it breaks the rule.
 */
export function readSearch(search: string | null | undefined, path: string): string | null {
  if (search && search.length > LONGEST) throw new BadInputError(`${path} must be at most ${LONGEST} characters long.`)
  return search || null
}
