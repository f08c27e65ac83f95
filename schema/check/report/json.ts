import type { Report } from '../check.ts'
import { summaryOf } from './summary.ts'

/** For programs. */
export function forPrograms(report: Report): string {
  const { isMergeable, problems, hints, stale, comparison } = report
  const changes = comparison?.changes.map(({ breaks, ...change }) => ({
    ...change,
    breaks: breaks.map(({ name, client, usage }) => ({ name, client, usage })),
  }))
  const told = {
    isMergeable,
    summary: summaryOf(report),
    base: comparison?.base ?? null,
    known: comparison?.known ?? null,
    changes: changes ?? [],
    problems,
    hints,
    stale,
    unneeded: comparison?.unneeded ?? [],
  }
  return `${JSON.stringify(told, null, 2)}\n`
}
