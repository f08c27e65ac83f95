import { CriticalityLevel, diff, type Change } from '@graphql-inspector/core'
import { buildSchema, printSchema, validate, type GraphQLSchema } from 'graphql'
import type { Problem } from '../problems.ts'
import type { Base } from './base.ts'
import type { Known, KnownOperation } from './known-operations.ts'
import { becomesRequired } from './required.ts'
import { touchedBy } from './touched.ts'

export type Verdict = 'safe' | 'dangerous' | 'breaking'

/** A difference between the base and what the schema files are now. */
export interface JudgedChange {
  /** Names it where changes are accepted: `FIELD_REMOVED Todo.notes`. */
  id: string
  type: string
  /** What is changed: `Todo.notes`. */
  path: string
  message: string
  verdict: Verdict
  /** Why the verdict is as it is. */
  reason: string
  /** The known operations that it breaks. */
  breaks: KnownOperation[]
  /** Why it is made nevertheless; null when nobody said. */
  accepted: string | null
}

/** A change with its place in the schema files: where it is now, or what it was part of. */
export interface SchemaChange extends JudgedChange {
  place: Pick<Problem, 'file' | 'line'>
}

/** What is known of clients, as far as it can be relied on. */
export interface Reliance {
  /** Whether a change that breaks no known operation breaks nobody. */
  isKnown: boolean
  /** Why, for people. */
  reason: string
}

/** Whether what is known of clients says enough about changes from this base. */
export function relianceOn(known: Known, base: Base, now: GraphQLSchema): Reliance {
  if (known.sources.length === 0)
    return { isKnown: false, reason: 'nothing is known of what clients send, so every breaking change counts' }
  if (isOlder(known, base, now))
    return {
      isKnown: false,
      reason: `the base is older than what is known of clients (${known.sources.join(', ')}), so every breaking change counts`,
    }
  return { isKnown: true, reason: `what clients send is known from ${known.sources.join(', ')}` }
}

/** Counting began after the base was left, and under no such schema; or clients use what the base has not yet. */
function isOlder({ since, served, operations }: Known, base: Base, now: GraphQLSchema): boolean {
  const wasServed = base.version !== null && served.includes(base.version)
  // Of a file or URL nobody knows when it came to be.
  if (since !== null && !wasServed && (base.day === null || base.day < since)) return true
  return operations.some(({ coordinates }) => [...coordinates].some((each) => has(now, each) && !has(base.api, each)))
}

/** Whether a schema has a type, or a field of one; of other coordinates it is not asked. */
function has(schema: GraphQLSchema, coordinate: string): boolean {
  const [, typeName = '', fieldName] = /^(\w+)(?:\.(\w+))?$/.exec(coordinate) ?? []
  const type = typeName ? schema.getType(typeName) : undefined
  if (!type || fieldName === undefined) return type !== undefined
  return 'getFields' in type && Object.hasOwn(type.getFields(), fieldName)
}

/** The differences, the gravest first, each with its verdict. */
export async function changesSince(
  base: Base,
  now: GraphQLSchema,
  known: Known,
  reliance: Reliance,
  accepted: ReadonlyMap<string, string>,
): Promise<JudgedChange[]> {
  const changes = (await diff(plain(base.api), plain(now))).filter(isOfItsOwn)
  const judged = changes.map((change) => judge(change, now, known, reliance, accepted))
  judged.push(...brokenOtherwise(base.api, now, known, judged, accepted))
  const weight: Record<Verdict, number> = { breaking: 0, dangerous: 1, safe: 2 }
  return judged.sort((one, other) => weight[one.verdict] - weight[other.verdict] || one.path.localeCompare(other.path))
}

/** Operations of manifests that were valid and are not any more, for a reason that no single change has. */
function brokenOtherwise(
  base: GraphQLSchema,
  now: GraphQLSchema,
  { operations }: Known,
  judged: JudgedChange[],
  accepted: ReadonlyMap<string, string>,
): JudgedChange[] {
  const found = new Set(judged.flatMap(({ breaks }) => breaks))
  return operations.flatMap((operation) => {
    const { document, client, name } = operation
    if (!document || found.has(operation) || validate(base, document).length > 0) return []
    const [error] = validate(now, document)
    if (!error) return []
    const id = `OPERATION_BROKEN ${client} ${name}`
    const said = { id, type: 'OPERATION_BROKEN', path: '', message: error.message, breaks: [operation] }
    return [
      { ...said, verdict: 'breaking', reason: 'it is no valid operation any more', accepted: accepted.get(id) ?? null },
    ]
  })
}

/** What comes with a new type or field is no change by itself, and words break nobody. */
function isOfItsOwn({ type, meta }: Change): boolean {
  const { addedToNewType, addedToNewField }: Record<string, unknown> = meta
  return addedToNewType !== true && addedToNewField !== true && !String(type).includes('DESCRIPTION')
}

/** A schema without what only its source has: an introspected one knows less of directives. */
const plain = (schema: GraphQLSchema) => buildSchema(printSchema(schema))

function judge(
  change: Change,
  now: GraphQLSchema,
  known: Known,
  reliance: Reliance,
  accepted: ReadonlyMap<string, string>,
): JudgedChange {
  const { type, message, path = '' } = change
  const id = idOf(change)
  const said = { id, type: String(type), path, message, breaks: [], accepted: accepted.get(id) ?? null }
  const { level, reason = '' } = change.criticality
  const touched = touchedBy(change)
  if (level !== CriticalityLevel.Breaking && !becomesRequired(change, now)) {
    const verdict = level === CriticalityLevel.Dangerous ? 'dangerous' : 'safe'
    return { ...said, verdict, reason }
  }
  if (touched === null) return { ...said, verdict: 'breaking', reason: 'it changes the schema for everyone' }
  const breaks = known.operations.filter(({ coordinates }) => touched.some((each) => coordinates.has(each)))
  if (breaks.length > 0) return { ...said, breaks, verdict: 'breaking', reason: 'known operations use it' }
  if (!reliance.isKnown) return { ...said, verdict: 'breaking', reason: reliance.reason }
  return { ...said, verdict: 'safe', reason: 'no known operation uses it' }
}

/** What tells a change from all others: what it is of, and which member or type. */
function idOf({ type, path = '', meta }: Change): string {
  const details: Record<string, unknown> = meta
  const which = MEMBERS.flatMap((key) => (typeof details[key] === 'string' ? [details[key]] : []))
  return [String(type), path, ...which].filter(Boolean).join(' ')
}

/** Of changes whose path names only what they are a part of. */
const MEMBERS = [
  'removedUnionMemberTypeName',
  'removedInterfaceName',
  'removedDirectiveLocation',
  'newFieldType',
  'newArgumentType',
  'newInputFieldType',
  'newTypeKind',
]
