import type { DirectiveNode, DocumentNode, FieldDefinitionNode } from 'graphql'
import { hasDirective } from './lint/definitions.ts'
import { objectTypesOf, type ObjectType } from './lint/definitions.ts'
import { placeOf, type Problem } from './problems.ts'

/** Directives of what is not everyone's. */
const RESTRICTED = ['signedIn', 'owner', 'admin']

/** Something that may have hints: a type, a root field, or a field. */
interface Hinted {
  /** As it is named in messages. */
  name: string
  /** What it was parsed from. */
  node: ObjectType | FieldDefinitionNode
  directives: readonly DirectiveNode[]
}

/**
 * What is wrong with the hints of a subgraph's schema: what may be kept must say what it is about, and what is not
 * everyone's must be PRIVATE. One forgotten hint would show one user's data to all.
 * @param elsewhere entities that say in any of the files what they are about
 */
export function cacheProblems(document: DocumentNode, elsewhere: ReadonlySet<string>): Problem[] {
  return objectTypesOf(document).flatMap((type) =>
    type.name.value === 'Query' ? problemsOfRoot(type) : problemsOfType(type, elsewhere),
  )
}

/** The entities that say in this document what they are about. */
export function taggedEntities(document: DocumentNode): string[] {
  return objectTypesOf(document)
    .filter((type) => hasDirective(type, 'cacheTag'))
    .map(({ name }) => name.value)
}

function problemsOfRoot({ fields = [] }: ObjectType): Problem[] {
  return fields.flatMap((field) => {
    const names = (field.arguments ?? []).map((argument) => `$args.${argument.name.value}`)
    return problemsOf(hinted(`Query.${field.name.value}`, field), names, true)
  })
}

function problemsOfType(type: ObjectType, elsewhere: ReadonlySet<string>): Problem[] {
  const keys = keysOf(type)
  const isEntity = keys.length > 0
  const self = hinted(type.name.value, type)
  const isPrivate = scopeOf(self) === 'PRIVATE'
  const fields = (type.fields ?? []).filter((field) => !keys.includes(field.name.value))
  const ofFields = fields.flatMap((field) => {
    const each = hinted(`${type.name.value}.${field.name.value}`, field)
    return [
      ...problemsOf(each, keys, isEntity && hasDirective(field, 'cacheTag')),
      ...(isPrivate ? [] : forgottenScope(each, self)),
      ...(isEntity && !hasDirective(type, 'cacheTag') && elsewhere.has(type.name.value) ? forgottenTag(each) : []),
    ]
  })
  return [...problemsOf(self, keys, isEntity), ...ofFields]
}

/** @param names what the tag may name in braces */
function problemsOf(hinted: Hinted, names: string[], needsTag: boolean): Problem[] {
  const { name, node, directives } = hinted
  const maxAge = maxAgeOf(hinted)
  const format = textOf(directives, 'cacheTag', 'format')
  const problems: string[] = []
  if (maxAge !== undefined && maxAge < 0) problems.push(`${name}: maxAge must be 0 or more, in seconds.`)
  if (maxAge && needsTag && format === undefined)
    problems.push(`${name} may be kept and does not say what it is about: give it @cacheTag.`)
  if (maxAge && isRestricted(hinted) && scopeOf(hinted) !== 'PRIVATE')
    problems.push(`${name} is not @public and may be kept: give it @cacheControl(scope: PRIVATE).`)
  for (const [, placeholder = ''] of format?.matchAll(/\{([^}]*)\}/g) ?? []) {
    if (placeholder === '$viewer' ? scopeOf(hinted) === 'PRIVATE' : names.includes(placeholder)) continue
    problems.push(
      `${name}: {${placeholder}} in its tag is none of ${[...names, '$viewer (where the scope is PRIVATE)'].join(', ')}.`,
    )
  }
  return problems.map((message) => ({ ...placeOf(node), message }))
}

/** A field that is not everyone's follows an object that may be kept for everyone. */
function forgottenScope(field: Hinted, type: Hinted): Problem[] {
  const isKept = maxAgeOf(type) !== undefined || textOf(type.directives, 'cacheControl', 'inheritMaxAge') === 'true'
  if (!isKept || !isRestricted(field) || maxAgeOf(field) === 0 || scopeOf(field) === 'PRIVATE') return []
  const message = `${field.name} is not @public, and ${type.name} may be kept for everyone: give it @cacheControl(scope: PRIVATE), or maxAge: 0.`
  return [{ ...placeOf(field.node), message }]
}

/** A field of another subgraph's entity would be kept until that changes, which is not when the field changes. */
function forgottenTag(field: Hinted): Problem[] {
  if (hasDirective(field, 'cacheTag') || maxAgeOf(field) === 0) return []
  const message = `${field.name} is added to an entity that another subgraph lets be kept: give it @cacheControl and @cacheTag, or @cacheControl(maxAge: 0).`
  return [{ ...placeOf(field.node), message }]
}

function hinted(name: string, node: ObjectType | FieldDefinitionNode): Hinted {
  return { name, node, directives: node.directives ?? [] }
}

const isRestricted = (hinted: Hinted) => RESTRICTED.some((name) => hasDirective(hinted, name))
const scopeOf = ({ directives }: Hinted) => textOf(directives, 'cacheControl', 'scope')

function maxAgeOf({ directives }: Hinted): number | undefined {
  const text = textOf(directives, 'cacheControl', 'maxAge')
  return text === undefined ? undefined : Number(text)
}

function textOf(directives: readonly DirectiveNode[], name: string, argument: string): string | undefined {
  const directive = directives.find((each) => each.name.value === name)
  const value = directive?.arguments?.find((each) => each.name.value === argument)?.value
  return value && 'value' in value ? String(value.value) : undefined
}

/** The fields of a type's keys. */
function keysOf({ directives = [] }: ObjectType): string[] {
  return directives
    .filter((each) => each.name.value === 'key')
    .flatMap((each) => textOf([each], 'key', 'fields')?.split(/[\s{}]+/) ?? [])
    .filter(Boolean)
}
