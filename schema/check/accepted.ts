import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { parseJson } from '../../platform/json.ts'
import { CannotRunError } from './cannot-run.ts'

const accepted = z.array(
  z.strictObject({ change: z.string().regex(/^[A-Z_]+( \S+)*$/), reason: z.string().trim().min(1) }),
)

/**
 * Breaking changes that somebody decided to make, with the reasons, by their ids such as `FIELD_REMOVED Todo.notes`.
 * @throws CannotRunError when the file is not as it should be.
 */
export async function acceptedChanges(): Promise<Map<string, string>> {
  const text = await readFile(join(import.meta.dirname, '../accepted-changes.json'), 'utf8').catch(() => '[]')
  const parsed = accepted.safeParse(parseJson(text))
  if (!parsed.success)
    throw new CannotRunError(
      'schema/accepted-changes.json must be a list of { "change": "FIELD_REMOVED Todo.notes", "reason": "…" }, each with a reason.',
    )
  return new Map(parsed.data.map(({ change, reason }) => [change, reason]))
}
