import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'
import { lifetimeOfField, lifetimeOfType, strictest, tagFormatOf, UNLIMITED, type Lifetime } from './hints.ts'

/** How a part of a subgraph's answer may be kept. */
export interface Policy extends Lifetime {
  /** What it is about, such as `product:{id}`. */
  tag: string
}

/** The policy of an entity as a subgraph is asked for it; null when it may not be kept. */
export function policyOfEntity(schema: GraphQLSchema, typename: string, selection: SelectionSetNode): Policy | null {
  const type = schema.getType(typename)
  if (!isObjectType(type)) return null
  const asked = fieldsOf(selection).filter(({ name }) => name !== '__typename')
  const tags = new Set(asked.map(({ name }) => tagOf(type, name)))
  const lifetime = strictest(lifetimeOfType(type), lifetimeOf(schema, type, selection))
  const own = asked.every(({ name }) => tagFormatOf(type.getFields()[name]?.astNode?.directives) !== undefined)
  // Fields that have a tag of their own have a lifetime of their own, whatever the type's is.
  const { isPrivate } = lifetimeOfType(type)
  return policyFrom(own ? strictest({ ...UNLIMITED, isPrivate }, lifetimeOf(schema, type, selection)) : lifetime, tags)
}

/** The policy of a root field; null when it may not be kept. */
export function policyOfRootField(
  schema: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  selection: SelectionSetNode | undefined,
): Policy | null {
  const named = getNamedType(field.type)
  const inner = selection && isCompositeType(named) ? lifetimeOf(schema, named, selection) : UNLIMITED
  const lifetime = strictest(lifetimeOfField(field, true), inner)
  return policyFrom(lifetime, new Set([tagFormatOf(field.astNode?.directives)]))
}

function policyFrom(lifetime: Lifetime, tags: Set<string | undefined>): Policy | null {
  const [tag, ...others] = tags
  // Two tags would live on two nodes of a cluster, where nothing can look at both at once.
  if (tag === undefined || others.length > 0 || lifetime.maxAge <= 0 || lifetime.maxAge === Infinity) return null
  return { ...lifetime, tag }
}

function tagOf(type: GraphQLCompositeType, name: string): string | undefined {
  const field = 'getFields' in type ? type.getFields()[name] : undefined
  return tagFormatOf(field?.astNode?.directives) ?? tagFormatOf(type.astNode?.directives)
}

interface SelectedField {
  name: string
  selectionSet: SelectionSetNode | undefined
}

/** The fields of a selection, those of fragments too. */
function fieldsOf({ selections }: SelectionSetNode): SelectedField[] {
  return selections.flatMap((each) => {
    if (each.kind === Kind.FIELD) return [{ name: each.name.value, selectionSet: each.selectionSet }]
    return each.kind === Kind.INLINE_FRAGMENT ? fieldsOf(each.selectionSet) : []
  })
}

/** The strictest lifetime of all that a selection asks for; what is not known may not be kept. */
function lifetimeOf(schema: GraphQLSchema, type: GraphQLCompositeType, { selections }: SelectionSetNode): Lifetime {
  return selections
    .map((each): Lifetime => {
      if (each.kind === Kind.FRAGMENT_SPREAD) return NEVER
      if (each.kind === Kind.INLINE_FRAGMENT) {
        const narrowed = each.typeCondition ? schema.getType(each.typeCondition.name.value) : type
        if (!isCompositeType(narrowed)) return NEVER
        const inner = lifetimeOf(schema, narrowed, each.selectionSet)
        return narrowed === type ? inner : strictest(lifetimeOfType(narrowed), inner)
      }
      if (each.name.value === '__typename') return UNLIMITED
      const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[each.name.value] : undefined
      if (!field) return NEVER
      const named = getNamedType(field.type)
      const inner =
        each.selectionSet && isCompositeType(named) ? lifetimeOf(schema, named, each.selectionSet) : UNLIMITED
      return strictest(lifetimeOfField(field, false), inner)
    })
    .reduce(strictest, UNLIMITED)
}

const NEVER: Lifetime = { maxAge: 0, isPrivate: true }
