import type { Report } from '../check.ts'
import type { SchemaChange, Verdict } from '../changes.ts'
import type { KnownOperation } from '../known-operations.ts'

/** The whole report in a sentence. */
export function summaryOf({ isMergeable, problems, comparison }: Report): string {
  if (problems.length > 0) return `Not to be merged: ${counted(problems.length, 'problem')} in the schema files.`
  if (!comparison)
    return 'The schema files compose and keep the rules. Nothing was compared: name a --base, such as main.'
  const { changes, base } = comparison
  if (changes.length === 0) return `Safe: no change for clients since ${base}.`
  const verdict = isMergeable ? (changes.some(isDangerous) ? 'Safe, with care' : 'Safe') : 'Not to be merged'
  const accepted = changes.filter((change) => change.accepted !== null)
  const counts = (['breaking', 'dangerous', 'safe'] as const)
    .map((each) => [changes.filter(({ verdict: found }) => found === each).length, each] as const)
    .filter(([count]) => count > 0)
    .map(
      ([count, each]) =>
        `${count} ${each}${each === 'breaking' && accepted.length > 0 ? ` (${accepted.length} accepted)` : ''}`,
    )
  return `${verdict}: ${counts.join(', ')} since ${base}.`
}

const isDangerous = ({ verdict }: { verdict: Verdict }) => verdict === 'dangerous'

export const counted = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`

/** Operations that are named before "and more". */
const NAMED = 5

/** Why a change is judged as it is, and whom it breaks. */
export function reasonsOf({ reason, breaks, accepted }: SchemaChange): string[] {
  const named = breaks.slice(0, NAMED).map(describe)
  const more = breaks.length > NAMED ? [`and ${breaks.length - NAMED} more`] : []
  return [reason, ...named, ...more, ...(accepted === null ? [] : [`accepted: ${accepted}`])].filter(Boolean)
}

function describe({ name, client, usage }: KnownOperation): string {
  const sent = usage ? `, ${counted(usage.requests, 'request')}, last on ${usage.lastDay}` : ''
  return `${name || 'an operation without a name'}, sent by ${client || 'a client that does not tell its name'}${sent}`
}
