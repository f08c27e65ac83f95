import { styleText } from 'node:util'
import { inALine } from '../../problems.ts'
import type { Report } from '../check.ts'
import { reasonsOf, summaryOf } from './summary.ts'

const COLOURS = { breaking: 'red', dangerous: 'yellow', safe: 'green' } as const

const paint = (colour: 'red' | 'yellow' | 'green' | 'dim', text: string) =>
  styleText(colour, text, { stream: process.stdout })

/** For a person at a terminal: the summary first; colours where the terminal has them. */
export function forPerson(report: Report): string {
  const { problems, hints, stale, comparison } = report
  const lines = [
    paint(report.isMergeable ? 'green' : 'red', summaryOf(report)),
    ...problems.map((problem) => `  ${paint('red', 'problem')}  ${inALine(problem)}`),
    ...(comparison?.changes ?? []).flatMap((change) => [
      `  ${paint(COLOURS[change.verdict], change.verdict.padEnd(9))}  ${change.message}`,
      ...reasonsOf(change).map((reason) => paint('dim', `             ${reason}`)),
      ...(change.verdict === 'breaking' && change.accepted === null ? [paint('dim', `             ${change.id}`)] : []),
    ]),
    ...hints.map((hint) => `  ${paint('yellow', 'hint')}  ${inALine(hint)}`),
    ...(comparison?.changes.some(({ verdict }) => verdict === 'breaking') ? [`  ${comparison.known}.`] : []),
    ...(comparison?.unneeded ?? []).map(
      (id) => `  ${id} is accepted and is no change any more: take it out of schema/accepted-changes.json.`,
    ),
    ...stale.map((file) => `  ${file} is not what the schema files compose to: run npm run schema:compose.`),
  ]
  return `${lines.join('\n')}\n`
}
