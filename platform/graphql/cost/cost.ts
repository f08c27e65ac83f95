import {
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
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
} from 'graphql'
import { listSizeIn, weightIn } from './directives.ts'
import { InputPrices } from './inputs.ts'
import { dependingOn, sum, times, type Price, type Variables } from './price.ts'
import { sizeOf, UNSTATED } from './slices.ts'

/** What a mutation costs beside its fields. */
const MUTATION = 10

/** What an operation is priced from. */
export interface Priced {
  operation: OperationDefinitionNode
  fragments: ReadonlyMap<string, FragmentDefinitionNode>
}

/** Fields whose parent tells their size, by name. */
type Sizes = ReadonlyMap<string, Price>

const NO_SIZES: Sizes = new Map()

/**
 * What an operation may cost, in points, before it runs: objects cost 1, leaves nothing, unless `@cost` says otherwise;
 * lists cost as often as `@listSize` says; arguments see `InputPrices`. After IBM's "GraphQL Cost Directives"
 * specification (https://ibm.github.io/graphql-specs/cost-spec.html) and the demand control of Apollo's router.
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
  readonly #inputs: InputPrices
  /** Prices of fragments, which may be spread often. */
  readonly #known = new Map<FragmentDefinitionNode, Map<Sizes, Price>>()

  constructor(schema: GraphQLSchema, fragments: ReadonlyMap<string, FragmentDefinitionNode>) {
    this.#schema = schema
    this.#fragments = fragments
    this.#inputs = new InputPrices(schema)
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
    const listSize = listSizeIn(this.#schema, field)
    const stated = listSize && sizeOf(field, node, listSize)
    const size = sizes.get(node.name.value) ?? (isList(field.type) ? (stated ?? UNSTATED) : 1)
    const passedOn =
      stated !== undefined && listSize?.sizedFields.length
        ? new Map(listSize.sizedFields.map((name) => [name, stated]))
        : NO_SIZES
    const inside = node.selectionSet ? this.ofSelections(type, node.selectionSet, passedOn) : 0
    const each = sum([this.#weightOf(field, type), inside])
    return sum([times(size, each), this.#inputs.ofArguments(field, node)])
  }

  #weightOf(field: GraphQLField<unknown, unknown>, type: GraphQLNamedType): number {
    return weightIn(this.#schema, field) ?? weightIn(this.#schema, type) ?? (isCompositeType(type) ? 1 : 0)
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

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type)
}
