import { inALine } from '../../problems.ts'
import type { Report } from '../check.ts'
import { reasonsOf, summaryOf } from './summary.ts'

const MARKS = { breaking: '🔴 breaking', dangerous: '🟡 dangerous', safe: '🟢 safe' } as const

/** For a comment on a pull request. */
export function forMarkdown(report: Report): string {
  const { problems, hints, stale, comparison } = report
  const lines = [`### Schema: ${summaryOf(report)}`, '']
  for (const problem of problems) lines.push(`- ❌ ${escape(inALine(problem))}`)
  for (const hint of hints) lines.push(`- 💡 ${escape(inALine(hint))}`)
  for (const file of stale) lines.push(`- ♻️ \`${file}\` is stale: run \`npm run schema:compose\`.`)
  for (const id of comparison?.unneeded ?? []) lines.push(`- 🧹 \`${id}\` is accepted and is no change any more.`)
  if (comparison && comparison.changes.length > 0) {
    lines.push('', '| | change | why |', '|---|---|---|')
    for (const change of comparison.changes)
      lines.push(
        `| ${MARKS[change.verdict]} | ${escape(change.message)} | ${reasonsOf(change).map(cell).join('<br>')} |`,
      )
  }
  if (comparison) lines.push('', `_${escape(comparison.known)}._`)
  return `${lines.join('\n')}\n`
}

/** Text of strangers, such as the names of clients: as it is, and nothing that leads anywhere. */
const cell = (text: string) => `\`${text.replaceAll('`', "'").replaceAll('|', '\\|').replaceAll('\n', ' ')}\``

/** Text as a cell of a table. */
const escape = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ').replaceAll('<', '&lt;')
