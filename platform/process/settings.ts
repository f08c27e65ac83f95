import { z } from 'zod'
import { log } from './log.ts'
import { misspeltIn, type Misspelt } from './misspelt.ts'
import { StartError } from './start-error.ts'

/** One setting: the environment variable that holds it, and what it must look like. */
export interface Setting<Value> {
  variable: string
  schema: z.ZodType<Value, unknown>
}

/** Settings of a part of the product; parts can be nested, so that one process reads them all at once. */
export interface SettingsOf {
  [name: string]: Setting<unknown> | SettingsOf
}

/** What reading settings gives: the same shape, with values. */
export type ValuesOf<Spec extends SettingsOf> = {
  [Name in keyof Spec]: Spec[Name] extends Setting<infer Value>
    ? Value
    : Spec[Name] extends SettingsOf
      ? ValuesOf<Spec[Name]>
      : never
}

/** Declares a setting that is read from `variable` and checked by `schema`. */
export function setting<Value>(variable: string, schema: z.ZodType<Value, unknown>): Setting<Value> {
  return { variable, schema }
}

/**
 * Reads settings from the environment. An empty variable counts as unset; one that is nearly a setting is told of in the
 * log, since it may be another program's.
 * @throws StartError that names every wrong variable at once.
 */
export function readSettings<Spec extends SettingsOf>(
  spec: Spec,
  environment: NodeJS.ProcessEnv = process.env,
): ValuesOf<Spec> {
  const mistakes = new Set<string>()
  const values = readGroup(spec, environment, mistakes)
  for (const slip of misspeltIn(environment, new Set(variablesOf(spec)))) tellOnce(slip)
  if (mistakes.size > 0) throw new StartError([...mistakes].join('\n'))
  return values
}

/** Told of already: a process may read its settings in several steps. */
const told = new Set<string>()

function tellOnce({ variable, meant }: Misspelt): void {
  if (!told.has(variable)) log.warn(`${variable} is no setting, and does nothing: ${meant} is one`)
  told.add(variable)
}

function variablesOf(spec: SettingsOf): string[] {
  return Object.values(spec).flatMap((part) => (isSetting(part) ? [part.variable] : variablesOf(part)))
}

function readGroup<Spec extends SettingsOf>(
  spec: Spec,
  environment: NodeJS.ProcessEnv,
  mistakes: Set<string>,
): ValuesOf<Spec> {
  const entries = Object.entries(spec).map(([name, part]) => [
    name,
    isSetting(part) ? readOne(part, environment, mistakes) : readGroup(part, environment, mistakes),
  ])
  return Object.fromEntries(entries)
}

function isSetting(part: Setting<unknown> | SettingsOf): part is Setting<unknown> {
  return part.schema instanceof z.ZodType
}

function readOne({ variable, schema }: Setting<unknown>, environment: NodeJS.ProcessEnv, mistakes: Set<string>) {
  const result = schema.safeParse(environment[variable] || undefined)
  if (result.success) return result.data
  for (const issue of result.error.issues) mistakes.add(`${variable}: ${issue.message}.`)
  return undefined
}
