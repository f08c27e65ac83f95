import {
  getDirectiveValues,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  valueFromASTUntyped,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** How long a list is taken to be whose size nobody stated. */
const UNSTATED = 10
/** What a mutation costs beside its fields. */
const MUTATION = 10

/** What an operation is priced with. */
export interface Priced {
  operation: OperationDefinitionNode
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** As the client sent them, or their defaults; a size that is not told is taken to be the assumed one. */
  variables: Record<string, unknown>
}

/**
 * What an operation may cost, in points, before it runs: objects cost 1, leaves nothing, unless `@cost` says otherwise;
 * lists cost as often as `@listSize` says. After IBM's "GraphQL Cost Directives" specification and Apollo's demand control.
 * @param schema with the directives, such as a supergraph
 */
export function costOf(schema: GraphQLSchema, priced: Priced): number {
  const { operation } = priced
  const root = schema.getRootType(operation.operation)
  if (!root) return 0
  const base = operation.operation === 'mutation' ? MUTATION : 0
  return base + costOfSelections(schema, root, operation.selectionSet, priced, new Map())
}

/** @param sizes of fields that their parent tells the size of */
function costOfSelections(
  schema: GraphQLSchema,
  type: GraphQLNamedType,
  { selections }: SelectionSetNode,
  priced: Priced,
  sizes: ReadonlyMap<string, number>,
): number {
  return selections.reduce((sum, selection) => {
    if (selection.kind === Kind.FIELD) return sum + costOfField(schema, type, selection, priced, sizes)
    const fragment = selection.kind === Kind.INLINE_FRAGMENT ? selection : priced.fragments.get(selection.name.value)
    if (!fragment) return sum
    const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
    return sum + costOfSelections(schema, condition ?? type, fragment.selectionSet, priced, sizes)
  }, 0)
}

function costOfField(
  schema: GraphQLSchema,
  parent: GraphQLNamedType,
  node: FieldNode,
  priced: Priced,
  sizes: ReadonlyMap<string, number>,
): number {
  const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
  if (!field) return 0
  const type = getNamedType(field.type)
  const listSize = listSizeOf(schema, field, node, priced.variables)
  const own = sizes.get(node.name.value) ?? (isList(field.type) ? (listSize?.size ?? UNSTATED) : 1)
  const passedOn = new Map(listSize?.sizedFields.map((name) => [name, listSize.size]))
  const inside = node.selectionSet ? costOfSelections(schema, type, node.selectionSet, priced, passedOn) : 0
  return own * (weightOf(schema, field, type) + inside) + costOfArguments(schema, field, node)
}

function weightOf(schema: GraphQLSchema, field: GraphQLField<unknown, unknown>, type: GraphQLNamedType): number {
  return weightIn(schema, field) ?? weightIn(schema, type) ?? (isCompositeType(type) ? 1 : 0)
}

function costOfArguments(schema: GraphQLSchema, { args }: GraphQLField<unknown, unknown>, node: FieldNode): number {
  const given = new Set(node.arguments?.map(({ name }) => name.value))
  return args.reduce((sum, arg) => sum + (given.has(arg.name) ? (weightIn(schema, arg) ?? 0) : 0), 0)
}

function weightIn(
  schema: GraphQLSchema,
  { astNode }: { astNode?: Parameters<typeof getDirectiveValues>[1] | null | undefined },
) {
  const directive = schema.getDirective('cost')
  const weight = directive && astNode ? getDirectiveValues(directive, astNode)?.weight : undefined
  return typeof weight === 'number' ? weight : undefined
}

interface ListSize {
  size: number
  /** Fields of the object that are the list, where the field itself is none. */
  sizedFields: string[]
}

function listSizeOf(
  schema: GraphQLSchema,
  { astNode }: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: Record<string, unknown>,
): ListSize | null {
  const directive = schema.getDirective('listSize')
  const stated = directive && astNode ? getDirectiveValues(directive, astNode) : undefined
  if (!stated) return null
  const slices = namesIn(stated.slicingArguments).flatMap((name) => {
    const value = node.arguments?.find((each) => each.name.value === name)?.value
    const size = value && valueFromASTUntyped(value, variables)
    return typeof size === 'number' ? [size] : []
  })
  const assumed = typeof stated.assumedSize === 'number' ? stated.assumedSize : UNSTATED
  return {
    size: Math.max(0, slices.length > 0 ? Math.max(...slices) : assumed),
    sizedFields: namesIn(stated.sizedFields),
  }
}

const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type)
}
