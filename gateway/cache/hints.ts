import {
  getNamedType,
  isLeafType,
  valueFromASTUntyped,
  type DirectiveNode,
  type GraphQLField,
  type GraphQLNamedType,
} from 'graphql'

/** What `@cacheControl` says of a type or a field. */
interface Hint {
  maxAge?: number
  isPrivate?: boolean
  inheritMaxAge?: boolean
}

/** How long something may be kept, in seconds, and whether for one viewer alone. */
export interface Lifetime {
  maxAge: number
  isPrivate: boolean
}

/** What nothing restricts yet. */
export const UNLIMITED: Lifetime = { maxAge: Infinity, isPrivate: false }

/** The strictest of both. */
export function strictest(one: Lifetime, other: Lifetime): Lifetime {
  return { maxAge: Math.min(one.maxAge, other.maxAge), isPrivate: one.isPrivate || other.isPrivate }
}

/** The hint of a type; objects that say nothing inherit nothing, and must not be kept. */
export function lifetimeOfType(type: GraphQLNamedType): Lifetime {
  const { maxAge = 0, isPrivate = false } = hintOf(type.astNode?.directives)
  return { maxAge, isPrivate }
}

/**
 * What a field adds to the lifetime of what it is part of, by Apollo Server's rules: a field's own hint, else that of
 * its type; objects and root fields that say nothing may not be kept, and leaves follow the object that they are in.
 */
export function lifetimeOfField(field: GraphQLField<unknown, unknown>, isRoot: boolean): Lifetime {
  const named = getNamedType(field.type)
  const own = hintOf(field.astNode?.directives)
  const inherited = hintOf(named.astNode?.directives)
  const inherits = own.inheritMaxAge ?? inherited.inheritMaxAge ?? (isLeafType(named) && !isRoot)
  const said = own.maxAge ?? (own.inheritMaxAge ? undefined : inherited.maxAge)
  return {
    maxAge: said ?? (inherits ? Infinity : 0),
    isPrivate: own.isPrivate ?? inherited.isPrivate ?? false,
  }
}

/** The tag of a type or field, with names of fields and arguments in braces; undefined when it has none. */
export function tagFormatOf(directives: readonly DirectiveNode[] | undefined): string | undefined {
  const format = argumentsOf('cacheTag', directives)?.format
  return typeof format === 'string' ? format : undefined
}

function hintOf(directives: readonly DirectiveNode[] | undefined): Hint {
  const { maxAge, scope, inheritMaxAge } = argumentsOf('cacheControl', directives) ?? {}
  return {
    ...(typeof maxAge === 'number' && { maxAge }),
    ...(typeof scope === 'string' && { isPrivate: scope === 'PRIVATE' }),
    ...(inheritMaxAge === true && { inheritMaxAge: true }),
  }
}

function argumentsOf(name: string, directives: readonly DirectiveNode[] = []): Record<string, unknown> | undefined {
  const directive = directives.find((each) => each.name.value === name)
  return (
    directive &&
    Object.fromEntries((directive.arguments ?? []).map((each) => [each.name.value, valueFromASTUntyped(each.value)]))
  )
}
