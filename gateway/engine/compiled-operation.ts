import type { QueryPlan } from '@apollo/query-planner'
import type { GraphQLFormattedError, GraphQLSchema, OperationTypeNode } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { GatewayContext } from '../context.ts'
import { conditionVariables, type Conditions, type Operation } from './operation.ts'
import type { Data } from './own.ts'
import type { FetchSettings } from './plan/fetch.ts'
import { compileStep, runStep, type Step } from './plan/steps.ts'
import type { Run } from './run.ts'
import type { Note, ShapeContext } from './shape/notes.ts'
import { shapeOf } from './shape/shape.ts'
import { coerceOf, type Coerce } from './variables.ts'

/** What an execution gave. */
export interface Outcome {
  /** `data` as JSON. */
  data: string
  errors: GraphQLFormattedError[]
  /** Values that a subgraph sent with a type that its schema does not have; told only where there are no errors. */
  notes: Note[]
}

/** One choice of what `@skip` and `@include` let in. */
interface Variant {
  step: Step | null
  shape: (data: Data, context: ShapeContext) => string
}

/** Choices that are kept, of each operation. */
const VARIANTS = 32

/** What an operation is compiled from. */
export interface OperationSource {
  operation: Operation
  plan: QueryPlan
  /** The schema that clients see. */
  api: GraphQLSchema
  fetching: FetchSettings
}

/** An operation that was admitted and planned, ready to be run again and again. */
export class CompiledOperation {
  readonly kind: OperationTypeNode
  readonly name: string | undefined
  readonly coerce: Coerce
  readonly #source: OperationSource
  readonly #conditionVariables: string[]
  readonly #variants = new LRUCache<string, Variant>({ max: VARIANTS })
  /** The only variant, where nothing depends on variables. */
  readonly #only: Variant | null

  constructor(source: OperationSource) {
    const { definition } = source.operation
    this.kind = definition.operation
    this.name = definition.name?.value
    this.coerce = coerceOf(source.api, definition.variableDefinitions ?? [])
    this.#source = source
    this.#conditionVariables = conditionVariables(source.operation)
    this.#only = this.#conditionVariables.length === 0 ? compileVariant(source, new Map()) : null
  }

  /**
   * Runs the operation.
   * @param sent the variables that the client sent, which subgraphs get as they are.
   * @param values the same, coerced.
   */
  async run(sent: Record<string, unknown>, values: Record<string, unknown>, context: GatewayContext): Promise<Outcome> {
    const { step, shape } = this.#only ?? this.#variantFor(values)
    const run: Run = { variables: sent, context, data: {}, errors: [] }
    if (step) await runStep(step, run)
    const shaping: ShapeContext = { path: [], notes: [] }
    return { data: shape(run.data, shaping), errors: run.errors, notes: shaping.notes }
  }

  #variantFor(values: Record<string, unknown>): Variant {
    const key = this.#conditionVariables.map((name) => (values[name] === true ? '1' : '0')).join('')
    const known = this.#variants.get(key)
    if (known) return known
    const conditions = new Map(this.#conditionVariables.map((name) => [name, values[name] === true]))
    const variant = compileVariant(this.#source, conditions)
    this.#variants.set(key, variant)
    return variant
  }
}

function compileVariant({ operation, plan, api, fetching }: OperationSource, conditions: Conditions): Variant {
  const { definition, fragments } = operation
  const root = api.getRootType(definition.operation)
  const node = plan.node
  if (!root || node?.kind === 'Subscription') throw new Error(`there are no ${definition.operation}s here`)
  return {
    step: compileStep(node, [], conditions, fetching),
    shape: shapeOf({ schema: api, fragments, conditions }, { type: root, selectionSet: definition.selectionSet }),
  }
}
