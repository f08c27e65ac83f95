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
  type NamedTypeNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'

/** How long a list is taken to be whose size nobody stated. */
const UNSTATED = 10
/** The argument that asks for objects by their ids: there are no more of them. `@listSize` can name numbers alone. */
const IDS = 'ids'
/** What a mutation costs beside its fields. */
const MUTATION = 10

/** What an operation is priced from. */
export interface Priced {
  operation: OperationDefinitionNode
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

type Variables = Record<string, unknown>

/** A number, or one that depends on variables. */
type Price = number | ((variables: Variables) => number)

/** Fields whose parent tells their size, by name. */
type Sizes = ReadonlyMap<string, Price>

const NO_SIZES: Sizes = new Map()

/**
 * What an operation may cost, in points, before it runs: objects cost 1, leaves nothing, unless `@cost` says otherwise;
 * lists cost as often as `@listSize` says. After IBM's "GraphQL Cost Directives" specification and Apollo's demand control.
 * @param schema with the directives, such as a supergraph
 * @returns the cost with variables, as the client sent them or their defaults; a size that is not told is taken to be
 * the assumed one
 */
export function priceOf(schema: GraphQLSchema, { operation, fragments }: Priced): (variables: Variables) => number {
  const root = schema.getRootType(operation.operation)
  if (!root) return () => 0
  const base = operation.operation === 'mutation' ? MUTATION : 0
  const price = sum([base, new Pricing(schema, fragments).ofSelections(root, operation.selectionSet, NO_SIZES)])
  return typeof price === 'number' ? () => price : price
}

/** Prices the parts of one operation. */
class Pricing {
  readonly #schema: GraphQLSchema
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>
  /** Prices of fragments, which may be spread often. */
  readonly #known = new Map<FragmentDefinitionNode, Map<Sizes, Price>>()

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#schema = schema
    this.#fragments = fragments
  }

  ofSelections(type: GraphQLNamedType, { selections }: SelectionSetNode, sizes: Sizes): Price {
    return sum(selections.map((selection) => whereIncluded(selection, this.#ofSelection(type, selection, sizes))))
  }

  #ofSelection(type: GraphQLNamedType, selection: SelectionNode, sizes: Sizes): Price {
    if (selection.kind === Kind.FIELD) return this.#ofField(type, selection, sizes)
    if (selection.kind === Kind.INLINE_FRAGMENT)
      return this.ofSelections(this.#narrowed(type, selection), selection.selectionSet, sizes)
    const fragment = this.#fragments.get(selection.name.value)
    return fragment ? this.#ofFragment(type, fragment, sizes) : 0
  }

  #ofFragment(type: GraphQLNamedType, fragment: FragmentDefinitionNode, sizes: Sizes): Price {
    const prices = this.#known.get(fragment) ?? new Map<Sizes, Price>()
    this.#known.set(fragment, prices)
    const price = prices.get(sizes) ?? this.ofSelections(this.#narrowed(type, fragment), fragment.selectionSet, sizes)
    prices.set(sizes, price)
    return price
  }

  #narrowed(type: GraphQLNamedType, { typeCondition }: { typeCondition?: NamedTypeNode | undefined }) {
    return (typeCondition && this.#schema.getType(typeCondition.name.value)) ?? type
  }

  #ofField(parent: GraphQLNamedType, node: FieldNode, sizes: Sizes): Price {
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
    if (!field) return 0
    const type = getNamedType(field.type)
    const listSize = listSizeOf(this.#schema, field, node)
    const size = sizes.get(node.name.value) ?? (isList(field.type) ? (listSize?.size ?? UNSTATED) : 1)
    const passedOn = listSize?.sizedFields.length
      ? new Map(listSize.sizedFields.map((name) => [name, listSize.size]))
      : NO_SIZES
    const inside = node.selectionSet ? this.ofSelections(type, node.selectionSet, passedOn) : 0
    const each = sum([weightOf(this.#schema, field, type), inside])
    return sum([times(size, each), costOfArguments(this.#schema, field, node)])
  }
}

/** @skip and @include leave out what then costs nothing. */
function whereIncluded({ directives = [] }: SelectionNode, price: Price): Price {
  return directives.reduce<Price>((whole, { name, arguments: given = [] }) => {
    const isSkip = name.value === 'skip'
    const condition = given.find((each) => each.name.value === 'if')?.value
    if ((!isSkip && name.value !== 'include') || !condition) return whole
    return times(
      dependingOn(condition, (value) => (value === isSkip ? 0 : 1)),
      whole,
    )
  }, price)
}

/** A number that is read from a value of the document, which may be a variable. */
function dependingOn(node: ValueNode, read: (value: unknown) => number): Price {
  if (node.kind !== Kind.VARIABLE) return read(valueFromASTUntyped(node))
  const name = node.name.value
  return (variables) => read(variables[name])
}

const at = (price: Price, variables: Variables) => (typeof price === 'number' ? price : price(variables))

function sum(prices: Price[]): Price {
  const fixed = prices.reduce<number>((total, price) => total + (typeof price === 'number' ? price : 0), 0)
  const others = prices.filter((price) => typeof price !== 'number')
  if (others.length === 0) return fixed
  return (variables) => others.reduce((total, price) => total + price(variables), fixed)
}

function times(one: Price, other: Price): Price {
  if (one === 1) return other
  if (typeof one === 'number' && typeof other === 'number') return one * other
  return (variables) => at(one, variables) * at(other, variables)
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
  size: Price
  /** Fields of the object that are the list, where the field itself is none. */
  sizedFields: string[]
}

function listSizeOf(
  schema: GraphQLSchema,
  { astNode }: GraphQLField<unknown, unknown>,
  node: FieldNode,
): ListSize | null {
  const directive = schema.getDirective('listSize')
  const stated = directive && astNode ? getDirectiveValues(directive, astNode) : undefined
  if (!stated) return null
  const assumed = typeof stated.assumedSize === 'number' ? stated.assumedSize : UNSTATED
  const names = namesIn(stated.slicingArguments)
  const slices = [...names, IDS].flatMap((name) => {
    const value = node.arguments?.find((each) => each.name.value === name)?.value
    return value ? [dependingOn(value, sizeIn)] : []
  })
  return { size: largest(slices, assumed), sizedFields: namesIn(stated.sizedFields) }
}

/** How long a list is that an argument asks for: a number of objects, or their ids. */
function sizeIn(argument: unknown): number {
  if (Array.isArray(argument)) return argument.length
  return typeof argument === 'number' ? argument : NaN
}

/** The largest of the sizes that are told, or the assumed one. */
function largest(slices: Price[], assumed: number): Price {
  const read = (variables: Variables) => {
    const told = slices.map((slice) => at(slice, variables)).filter((size) => !Number.isNaN(size))
    return Math.max(0, ...(told.length > 0 ? told : [assumed]))
  }
  return slices.every((slice) => typeof slice === 'number') ? read({}) : read
}

const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type)
}
