import type { Problem } from '../../problems.ts'
import type { Report } from '../check.ts'
import { reasonsOf, summaryOf } from './summary.ts'

/** For GitHub Actions, which shows such lines beside the code: workflow commands of its documentation. */
export function forGitHub(report: Report): string {
  const { problems, hints, stale, comparison } = report
  const lines = [
    ...problems.map((problem) => annotation('error', problem)),
    ...hints.map((hint) => annotation('notice', hint)),
    ...stale.map((file) => annotation('warning', { file, line: 0, message: 'Stale: run npm run schema:compose.' })),
    ...(comparison?.changes ?? [])
      .filter(({ verdict }) => verdict !== 'safe')
      .map((change) => {
        const kind = change.verdict === 'breaking' && change.accepted === null ? 'error' : 'warning'
        return annotation(kind, {
          ...change.place,
          message: [change.message, ...reasonsOf(change), change.id].join('\n'),
        })
      }),
    ...(comparison?.unneeded ?? []).map((id) =>
      annotation('notice', { file: 'schema/accepted-changes.json', line: 0, message: `${id} is no change any more.` }),
    ),
    summaryOf(report),
  ]
  return `${lines.join('\n')}\n`
}

function annotation(kind: 'error' | 'warning' | 'notice', { file, line, message }: Problem): string {
  const place = [file && `file=${property(file)}`, line > 0 && `line=${line}`].filter(Boolean).join(',')
  return `::${kind}${place ? ` ${place}` : ''}::${data(message)}`
}

const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
