import {
  Kind,
  parse,
  type FieldNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** Fields that an operation may have with its fragments spelled out: beyond that it is not worth keeping. */
const MOST_FIELDS = 5_000

/** An operation with its fragments spelled out where they are spread; null when that would be too much. */
export function inlined(operation: string): OperationDefinitionNode | null {
  const { definitions } = parse(operation, { noLocation: true })
  const definition = definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
  const fragments = new Map(
    definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION).map((each) => [each.name.value, each]),
  )
  if (!definition) return null
  const inlining: Inlining = { fragments, left: MOST_FIELDS }
  const selectionSet = inlineSet(definition.selectionSet, inlining)
  return inlining.left < 0 ? null : { ...definition, selectionSet }
}

interface Inlining {
  fragments: Map<string, FragmentDefinitionNode>
  /** Fields that may still come. */
  left: number
}

function inlineSet(set: SelectionSetNode, inlining: Inlining): SelectionSetNode {
  if (inlining.left < 0) return set
  return { ...set, selections: set.selections.map((each) => inlineOne(each, inlining)) }
}

function inlineOne(node: SelectionNode, inlining: Inlining): SelectionNode {
  inlining.left--
  if (node.kind === Kind.FRAGMENT_SPREAD) {
    const fragment = inlining.fragments.get(node.name.value)
    if (!fragment) return node
    const { typeCondition, selectionSet } = fragment
    const { directives = [] } = node
    return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: inlineSet(selectionSet, inlining) }
  }
  if (node.kind === Kind.INLINE_FRAGMENT) return { ...node, selectionSet: inlineSet(node.selectionSet, inlining) }
  return inlineField(node, inlining)
}

function inlineField({ selectionSet, ...field }: FieldNode, inlining: Inlining): FieldNode {
  return selectionSet ? { ...field, selectionSet: inlineSet(selectionSet, inlining) } : field
}
