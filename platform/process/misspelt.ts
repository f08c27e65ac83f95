/** Names that are shorter are too much like others that an environment may hold, such as HOST and HOME. */
const SHORTEST = 6

/** What an environment has that is no setting, but nearly one. */
export interface Misspelt {
  variable: string
  meant: string
}

/** Variables that are set and not known, and differ from one that is known, and not set, by a slip of the finger. */
export function misspeltIn(environment: NodeJS.ProcessEnv, known: ReadonlySet<string>): Misspelt[] {
  const missing = [...known].filter((each) => each.length >= SHORTEST && environment[each] === undefined)
  return Object.keys(environment)
    .filter((variable) => !known.has(variable))
    .flatMap((variable) => {
      const meant = missing.find((each) => isNearly(variable, each))
      return meant === undefined ? [] : [{ variable, meant }]
    })
}

/**
 * Whether a name has one letter of the other wrong, too many or too few, or two that are swapped, which are four fifths
 * of all misspellings (Damerau, A technique for computer detection and correction of spelling errors, 1964); or an
 * ending of two letters more or less, such as TRUST_PROXIES.
 */
function isNearly(name: string, meant: string): boolean {
  const shorter = Math.min(name.length, meant.length)
  let begin = 0
  while (begin < shorter && name[begin] === meant[begin]) begin++
  let end = 0
  while (end < shorter - begin && name.at(-1 - end) === meant.at(-1 - end)) end++
  const [own, other] = [name.slice(begin, name.length - end), meant.slice(begin, meant.length - end)]
  if (own.length + other.length <= 2) return true
  return own.length === 2 && own === [...other].toReversed().join('')
}
