import {
  isAbstractType,
  isCompositeType,
  isObjectType,
  Kind,
  typeFromAST,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql'
import { isIncluded, type Conditions } from '../operation.ts'
import type { Writer } from './notes.ts'

/** What the writers of one answer are made from. */
export interface ShapeSource {
  schema: GraphQLSchema
  fragments: Map<string, FragmentDefinitionNode>
  conditions: Conditions
  /** Writers of leaves that were made before, by type and place. */
  leaves: Map<string, Writer>
  /** Writers of objects that were made before: a fragment that is spread in many places has one. */
  objects: Map<string, Writer>
  /** Names selections by numbers. */
  numbers: Map<SelectionSetNode, number>
}

/** What tells apart the writers of objects. */
export function nameOfObject({ numbers }: ShapeSource, runtimeType: GraphQLCompositeType, scopes: Scope[]): string {
  const parts = scopes.map(({ type, selectionSet }) => {
    const number = numbers.get(selectionSet) ?? numbers.size
    numbers.set(selectionSet, number)
    return `${type.name} ${number}`
  })
  return [runtimeType.name, ...parts].join()
}

/** Selections, and the type that they are written for. */
export interface Scope {
  type: GraphQLCompositeType
  selectionSet: SelectionSetNode
}

/** A field of the answer, whatever number of times it was asked for. */
export interface CollectedField {
  name: string
  /** The type that declares it where it is first asked for. */
  parent: GraphQLCompositeType
  scopes: SelectionSetNode[]
}

/**
 * The fields that an object of a type gets, by their name in the answer, in the order of the specification
 * (https://spec.graphql.org/October2021/#CollectFields).
 */
export function collectFields(
  source: ShapeSource,
  runtimeType: GraphQLCompositeType,
  scopes: Scope[],
): Map<string, CollectedField> {
  const collected: Collected = { fields: new Map(), fragments: new Set() }
  for (const scope of scopes) collect(source, runtimeType, scope, collected)
  return collected.fields
}

/** What was found of an object so far. A fragment is looked at once: spread twice, it would double the work each time. */
interface Collected {
  fields: Map<string, CollectedField>
  fragments: Set<FragmentDefinitionNode>
}

function collect(
  source: ShapeSource,
  runtimeType: GraphQLCompositeType,
  { type, selectionSet }: Scope,
  collected: Collected,
): void {
  for (const selection of selectionSet.selections) {
    if (!isIncluded(selection.directives, source.conditions)) continue
    if (selection.kind === Kind.FIELD) {
      const responseName = selection.alias?.value ?? selection.name.value
      const field = collected.fields.get(responseName) ?? { name: selection.name.value, parent: type, scopes: [] }
      if (selection.selectionSet) field.scopes.push(selection.selectionSet)
      collected.fields.set(responseName, field)
      continue
    }
    const fragment = selection.kind === Kind.FRAGMENT_SPREAD ? source.fragments.get(selection.name.value) : selection
    if (!fragment) continue
    if (fragment.kind === Kind.FRAGMENT_DEFINITION) {
      if (collected.fragments.has(fragment)) continue
      collected.fragments.add(fragment)
    }
    const condition = fragment.typeCondition ? typeFromAST(source.schema, fragment.typeCondition) : type
    if (isCompositeType(condition) && applies(source.schema, condition, runtimeType))
      collect(source, runtimeType, { type: condition, selectionSet: fragment.selectionSet }, collected)
  }
}

/** Whether an object of a type is one of another type too. */
function applies(schema: GraphQLSchema, condition: GraphQLCompositeType, type: GraphQLCompositeType): boolean {
  if (condition === type) return true
  return isAbstractType(condition) && (isObjectType(type) || isAbstractType(type)) && isSubType(schema, condition, type)
}

function isSubType(
  schema: GraphQLSchema,
  condition: Parameters<GraphQLSchema['isSubType']>[0],
  type: GraphQLCompositeType,
): boolean {
  return 'getInterfaces' in type && schema.isSubType(condition, type)
}
