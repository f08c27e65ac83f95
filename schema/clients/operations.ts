import {
  isInputType,
  Kind,
  NoDeprecatedCustomRule,
  NoUnusedFragmentsRule,
  specifiedRules,
  typeFromAST,
  validate,
  valueFromAST,
  visit,
  type DefinitionNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLError,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'
import { priceOf } from '../../platform/graphql/cost/cost.ts'
import { slicingRule } from '../../platform/graphql/cost/slicing-rule.ts'
import { documentLimits } from '../../platform/graphql/limits/document-limits.ts'
import type { OperationLimits } from '../../platform/graphql/limits/operation-limit-settings.ts'
import { NOWHERE, placeOf, type Problem } from '../problems.ts'

/** An operation of a client, ready to be sent. */
export interface ClientOperation {
  name: string
  type: 'query' | 'mutation' | 'subscription'
  /** With the fragments that it needs. */
  document: DocumentNode
  /** Points that it may cost, with its variables' defaults; input objects in others come on top. */
  cost: number
}

/** Fragments stand in files of their own. */
const RULES = specifiedRules.filter((rule) => rule !== NoUnusedFragmentsRule)

/**
 * The operations of some documents, validated and priced, with what is wrong with them.
 * @param api what clients see
 * @param supergraph with the directives that tell costs
 * @param limits what the gateway lets in: the rest are problems
 */
export function operationsOf(
  documents: DocumentNode[],
  api: GraphQLSchema,
  supergraph: GraphQLSchema,
  limits: OperationLimits,
): { operations: ClientOperation[]; problems: Problem[]; warnings: Problem[] } {
  const definitions = documents.flatMap((document) => document.definitions)
  const all: DocumentNode = { kind: Kind.DOCUMENT, definitions }
  const problems = [...nameless(definitions), ...validate(api, all, [...RULES, slicingRule(supergraph)]).map(problemOf)]
  const warnings = validate(api, all, [NoDeprecatedCustomRule]).map(problemOf)
  if (problems.length > 0) return { operations: [], problems, warnings }
  const fragments = new Map(
    definitions.flatMap((each) => (each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each] as const] : [])),
  )
  const operations = definitions
    .filter((each) => each.kind === Kind.OPERATION_DEFINITION)
    .map((operation) => ({
      name: operation.name?.value ?? '',
      type: operation.operation,
      document: { kind: Kind.DOCUMENT, definitions: [operation, ...fragmentsOf(operation, fragments)] } as const,
      cost: priceOf(supergraph, { operation, fragments })(defaultsOf(operation, api)),
    }))
  return { operations, problems: operations.flatMap((each) => tooMuch(each, api, limits)), warnings }
}

/** What the gateway would refuse of an operation. */
function tooMuch({ document, cost }: ClientOperation, api: GraphQLSchema, limits: OperationLimits): Problem[] {
  const problems = validate(api, document, [documentLimits(limits.document)]).map(problemOf)
  const [operation] = document.definitions
  if (cost <= limits.cost || !operation) return problems
  const message = `The operation may cost ${cost} points, and at most ${limits.cost} are allowed.`
  return [...problems, { ...placeOf(operation), message }]
}

/** The variables of an operation that have defaults. */
function defaultsOf(
  { variableDefinitions = [] }: OperationDefinitionNode,
  api: GraphQLSchema,
): Record<string, unknown> {
  return Object.fromEntries(
    variableDefinitions.map(({ variable, type, defaultValue }) => {
      const declared = typeFromAST(api, type)
      return [variable.name.value, isInputType(declared) ? valueFromAST(defaultValue, declared) : undefined]
    }),
  )
}

/** Operations are known by their names, to gateways, logs and manifests. */
function nameless(definitions: DefinitionNode[]): Problem[] {
  return definitions
    .filter((each) => each.kind === Kind.OPERATION_DEFINITION)
    .filter(({ name }) => !name || !/^[A-Z]\w*$/.test(name.value))
    .map((operation) => ({
      ...placeOf(operation),
      message: `Give the operation a name in PascalCase${operation.name ? `, and not ${operation.name.value}` : ''}.`,
    }))
}

function problemOf({ message, nodes }: GraphQLError): Problem {
  return { ...(nodes?.[0] ? placeOf(nodes[0]) : NOWHERE), message }
}

/** The fragments that a definition needs, each once, in the order in which they are met. */
function fragmentsOf(
  definition: OperationDefinitionNode | FragmentDefinitionNode,
  known: ReadonlyMap<string, FragmentDefinitionNode>,
  found = new Set<FragmentDefinitionNode>(),
): FragmentDefinitionNode[] {
  visit(definition, {
    FragmentSpread({ name }) {
      const fragment = known.get(name.value)
      if (!fragment || found.has(fragment)) return
      found.add(fragment)
      fragmentsOf(fragment, known, found)
    },
  })
  return [...found]
}
