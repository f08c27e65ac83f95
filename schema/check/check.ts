import type { DocumentNode } from 'graphql'
import { compose, staleFiles, type Composition } from '../compose.ts'
import { CompositionError } from '../files.ts'
import { lint } from '../lint/lint.ts'
import { NOWHERE, placeNamed, type Problem } from '../problems.ts'
import { acceptedChanges } from './accepted.ts'
import { readBase } from './base.ts'
import { changesSince, relianceOn, type SchemaChange } from './changes.ts'
import { knownOperations } from './known-operations.ts'
import type { CheckOptions } from './options.ts'

/** What the check found. */
export interface Report {
  /** Whether it may be merged. */
  isMergeable: boolean
  /** What must be mended: it does not parse or compose, or breaks a rule of the house. */
  problems: Problem[]
  /** What composes, and yet may not be meant. */
  hints: Problem[]
  /** Generated files that are not what the schema files compose to. */
  stale: string[]
  /** What was compared with; null when nothing was. */
  comparison: { base: string; changes: SchemaChange[]; known: string; unneeded: string[] } | null
}

/**
 * Composes and lints the schema files, and judges what has changed since a base.
 * @throws CannotRunError when the base, or what is known of clients, cannot be read.
 */
export async function check(options: CheckOptions): Promise<Report> {
  const composed = await composition()
  if ('problems' in composed)
    return { isMergeable: false, problems: composed.problems, hints: [], stale: [], comparison: null }
  const problems = lint(composed.documents)
  const comparison = options.base === undefined ? null : await compare(options.base, composed, options)
  const isBreaking = comparison?.changes.some(({ verdict, accepted }) => verdict === 'breaking' && accepted === null)
  return {
    isMergeable: problems.length === 0 && !isBreaking,
    problems,
    hints: composed.hints,
    stale: await staleFiles(composed),
    comparison,
  }
}

async function composition(): Promise<Composition | { problems: Problem[] }> {
  try {
    return await compose()
  } catch (error) {
    if (error instanceof CompositionError) return { problems: error.problems }
    throw error
  }
}

async function compare(
  name: string,
  { api, documents }: Composition,
  options: CheckOptions,
): Promise<Report['comparison']> {
  const base = await readBase(name)
  const accepted = await acceptedChanges()
  const known = await knownOperations(options, [base.api, api])
  const reliance = relianceOn(known, base, api)
  const judged = await changesSince(base, api, known, reliance, accepted)
  const changes = judged.map((change) => ({ ...change, place: placeOfPath(change.path, documents) }))
  const made = new Set(changes.map(({ id }) => id))
  return {
    base: base.name,
    changes,
    known: reliance.reason,
    unneeded: [...accepted.keys()].filter((id) => !made.has(id)),
  }
}

/** Where what a change is about is now; what is gone stood in what it was part of. */
function placeOfPath(path: string, documents: DocumentNode[]): Pick<Problem, 'file' | 'line'> {
  const parts = path.split('.')
  const names = [parts.slice(0, 2).join('.'), parts[0] ?? '']
  return names.map((name) => placeNamed(name, documents)).find(({ file }) => file) ?? NOWHERE
}
