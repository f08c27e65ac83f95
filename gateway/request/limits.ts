import {
  GraphQLError,
  Kind,
  type ASTVisitor,
  type FragmentDefinitionNode,
  type SelectionSetNode,
  type ValidationContext,
} from 'graphql'

/** How deep fields may be nested. Lists in lists multiply, so depth is what keeps one operation from asking for all. */
const DEEPEST = 10

/** Refuses operations that nest fields too deeply; introspection is as deep as its types are, and harmless. */
export function depthLimit(context: ValidationContext): ASTVisitor {
  return {
    OperationDefinition(operation) {
      const depth = depthOf(operation.selectionSet, context, new Map())
      if (depth <= DEEPEST) return
      const message = `The operation nests fields ${depth === Infinity ? 'without end' : `${depth} deep`}, and at most ${DEEPEST} are allowed.`
      context.reportError(new GraphQLError(message, { nodes: operation }))
    },
  }
}

/** @param known depths of fragments; one that is being measured contains itself, and is endless. */
function depthOf(
  { selections }: SelectionSetNode,
  context: ValidationContext,
  known: Map<FragmentDefinitionNode, number>,
): number {
  const depths = selections.map((selection) => {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value.startsWith('__') || !selection.selectionSet) return 1
      return 1 + depthOf(selection.selectionSet, context, known)
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) return depthOf(selection.selectionSet, context, known)
    const fragment = context.getFragment(selection.name.value)
    return fragment ? depthOfFragment(fragment, context, known) : 0
  })
  return Math.max(0, ...depths)
}

function depthOfFragment(
  fragment: FragmentDefinitionNode,
  context: ValidationContext,
  known: Map<FragmentDefinitionNode, number>,
): number {
  const measured = known.get(fragment)
  if (measured !== undefined) return measured
  known.set(fragment, Infinity)
  const depth = depthOf(fragment.selectionSet, context, known)
  known.set(fragment, depth)
  return depth
}
