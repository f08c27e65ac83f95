import { z } from 'zod'
import type { ProjectCopy } from './project-copy.ts'

const found = z.object({
  isMergeable: z.boolean(),
  summary: z.string(),
  known: z.string().nullable(),
  changes: z.array(
    z.looseObject({
      id: z.string(),
      verdict: z.string(),
      reason: z.string(),
      breaks: z.array(z.object({ name: z.string(), client: z.string() }).loose()),
    }),
  ),
  problems: z.array(z.object({ file: z.string(), line: z.number(), message: z.string() })),
})

/** Runs the check in a copy of the project against its `main`, for programs. */
export function checkedIn(copy: ProjectCopy, ...args: string[]) {
  const { code, output } = copy.run('schema/main.ts', 'check', '--base', 'main', '--format', 'json', ...args)
  return { code, ...found.parse(JSON.parse(output)) }
}
