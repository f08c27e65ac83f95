import {
  Kind,
  visit,
  type ASTNode,
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'

/** One operation of a document, with the fragments that it may use. */
export interface Operation {
  definition: OperationDefinitionNode
  fragments: Map<string, FragmentDefinitionNode>
}

/** Values of the variables that `@skip` and `@include` ask for. */
export type Conditions = ReadonlyMap<string, boolean>

/** The same operation without what the parser knows of its text: places lead to each token, and tokens are large. */
export function withoutPlaces({ definition, fragments }: Operation): Operation {
  return {
    definition: withoutPlace(definition),
    fragments: new Map([...fragments].map(([name, fragment]) => [name, withoutPlace(fragment)])),
  }
}

function withoutPlace<Node extends ASTNode>(node: Node): Node {
  return visit(node, { enter: ({ loc: _loc, ...rest }) => rest })
}

/** The operation of a name; null when there is none, or several and no name. */
export function findOperation(document: DocumentNode, name: string | null | undefined): Operation | null {
  const definitions = document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
  const definition = name
    ? definitions.find((candidate) => candidate.name?.value === name)
    : definitions.length === 1
      ? definitions[0]
      : undefined
  if (!definition) return null
  const fragments = document.definitions.filter((each) => each.kind === Kind.FRAGMENT_DEFINITION)
  return { definition, fragments: new Map(fragments.map((fragment) => [fragment.name.value, fragment])) }
}

/** The variables that decide what is part of the answer, in the order of their first use. */
export function conditionVariables({ definition, fragments }: Operation): string[] {
  const found = new Set<string>()
  const seen = new Set<FragmentDefinitionNode>()
  const visit = ({ selections }: SelectionSetNode) => {
    for (const selection of selections) {
      for (const variable of variablesOf(selection.directives)) found.add(variable)
      const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : undefined
      if (fragment && !seen.has(fragment)) {
        seen.add(fragment)
        visit(fragment.selectionSet)
      }
      if (selection.kind !== Kind.FRAGMENT_SPREAD && selection.selectionSet) visit(selection.selectionSet)
    }
  }
  visit(definition.selectionSet)
  return [...found]
}

/** Whether `@skip` and `@include` let something be part of the answer. */
export function isIncluded(directives: readonly DirectiveNode[] | undefined, conditions: Conditions): boolean {
  return (directives ?? []).every((directive) => {
    const wanted = wantedBy(directive)
    if (wanted === null) return true
    const value = directive.arguments?.[0]?.value
    if (value?.kind === Kind.VARIABLE) return conditions.get(value.name.value) === wanted
    return value?.kind === Kind.BOOLEAN && value.value === wanted
  })
}

/** The value of `if` that lets something in; null for other directives. */
function wantedBy({ name }: DirectiveNode): boolean | null {
  return name.value === 'include' ? true : name.value === 'skip' ? false : null
}

function variablesOf(directives: readonly DirectiveNode[] | undefined): string[] {
  return (directives ?? []).flatMap((directive) => {
    const value = wantedBy(directive) === null ? undefined : directive.arguments?.[0]?.value
    return value?.kind === Kind.VARIABLE ? [value.name.value] : []
  })
}

/** Whether an operation asks for the schema itself: `__schema` or `__type`, which only its root can have. */
export function asksForSchema({ definition, fragments }: Operation): boolean {
  const seen = new Set<FragmentDefinitionNode>()
  const asks = ({ selections }: SelectionSetNode): boolean =>
    selections.some((selection) => {
      if (selection.kind === Kind.FIELD) return selection.name.value === '__schema' || selection.name.value === '__type'
      if (selection.kind === Kind.INLINE_FRAGMENT) return asks(selection.selectionSet)
      const fragment = fragments.get(selection.name.value)
      if (!fragment || seen.has(fragment)) return false
      seen.add(fragment)
      return asks(fragment.selectionSet)
    })
  return asks(definition.selectionSet)
}
