import {
  Kind,
  print,
  visit,
  valueFromASTUntyped,
  type FieldNode,
  type OperationDefinitionNode,
  type ValueNode,
} from 'graphql'
import type { Viewer } from '../../platform/identity/viewer.ts'
import type { Part } from './parts.ts'
import { partKindOf, partOf, type Caching } from './caching.ts'
import { inlined } from './inlined.ts'
import { policyOfRootField } from './policy.ts'

/** Values of variables, as the client sent them. */
export type Variables = Record<string, unknown>

/** One root field of a fetch. */
export interface CachedField {
  /** What it is called in the answer. */
  name: string
  partOf: (variables: Variables, viewer: Viewer | null) => Part
}

/** A fetch of root fields whose answers may be kept, some of them at least. */
export interface CachedFields {
  kind: 'fields'
  /** Whether all of it may be shown to everyone: then it is asked for as nobody. */
  isPublic: boolean
  fields: CachedField[]
  /** The operation for some of the fields, with the names of its variables. */
  operationFor: (indexes: number[]) => { query: string; variables: string[] }
}

/** Prepares a fetch of root fields; null when nothing of it may be kept. @param operation what the subgraph is sent */
export function cachedFieldsOf(caching: Caching, subgraph: string, operation: string): CachedFields | null {
  const definition = inlined(operation)
  if (!definition) return null
  const nodes = definition.selectionSet.selections.filter((each) => each.kind === Kind.FIELD)
  if (nodes.length !== definition.selectionSet.selections.length) return null
  const all = nodes.map((node) => cachedField(caching, subgraph, definition, node))
  if (all.every(({ policy }) => policy === null)) return null
  const isPublic = all.every(({ policy }) => policy && !policy.isPrivate)
  const fields = all.map(({ name, part }) => ({ name, partOf: part(isPublic) }))
  return {
    kind: 'fields',
    isPublic,
    fields,
    operationFor: (indexes) =>
      operationOf(
        definition,
        nodes.filter((_, index) => indexes.includes(index)),
      ),
  }
}

function cachedField(caching: Caching, subgraph: string, operation: OperationDefinitionNode, node: FieldNode) {
  const name = (node.alias ?? node.name).value
  const subject = `Query.${node.name.value}`
  const field = caching.schema.getQueryType()?.getFields()[node.name.value]
  const policy = field ? policyOfRootField(caching.schema, field, node.selectionSet) : null
  const used = variablesOf(node)
  // With the defaults of its variables, which are part of what it depends on.
  const { alias: _alias, ...unaliased } = node
  const text = print(withFields(operation, [unaliased], used))
  const kind = partKindOf(caching, subgraph, subject, text, policy)
  return {
    name,
    policy,
    part:
      (isPublic: boolean) =>
      (variables: Variables, viewer: Viewer | null): Part => {
        const inputs = JSON.stringify(used.map((each) => (Object.hasOwn(variables, each) ? [variables[each]] : [])))
        const read = (placeholder: string) => argumentOf(node, placeholder, variables)
        return partOf(kind, { subject, inputs, read, viewer, isPublic })
      },
  }
}

/** What a placeholder such as `$args.id` stands for. */
function argumentOf(node: FieldNode, placeholder: string, variables: Variables): unknown {
  const name = placeholder.replace(/^\$args\./, '')
  const value: ValueNode | undefined = node.arguments?.find((each) => each.name.value === name)?.value
  return value && valueFromASTUntyped(value, variables)
}

function variablesOf(node: FieldNode): string[] {
  const found = new Set<string>()
  visit(node, { Variable: ({ name }) => void found.add(name.value) })
  return [...found]
}

/** The operation with some of its fields alone, and the variables that those use. */
function operationOf(definition: OperationDefinitionNode, fields: FieldNode[]) {
  const variables = [...new Set(fields.flatMap(variablesOf))]
  return { query: print(withFields(definition, fields, variables)), variables }
}

function withFields(
  definition: OperationDefinitionNode,
  fields: FieldNode[],
  variables: string[],
): OperationDefinitionNode {
  return {
    ...definition,
    variableDefinitions: (definition.variableDefinitions ?? []).filter((each) =>
      variables.includes(each.variable.name.value),
    ),
    selectionSet: { kind: Kind.SELECTION_SET, selections: fields },
  }
}
