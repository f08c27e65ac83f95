import type { QueryPlan } from '@apollo/query-planner'
import { OperationTypeNode, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { priceOf } from '../../platform/graphql/cost/cost.ts'
import type { FetchStory } from '../cache/freshness.ts'
import type { Caching } from '../cache/caching.ts'
import type { GatewayContext } from '../context.ts'
import type { Bill } from '../limits/toll.ts'
import { conditionVariables, type Conditions, type Operation } from './operation.ts'
import type { Data } from './own.ts'
import type { FetchSettings } from './plan/fetch.ts'
import { compileStep, runStep, subgraphsIn, type Step } from './plan/steps.ts'
import type { Run } from './run.ts'
import type { Note, ShapeContext } from './shape/notes.ts'
import type { ShapeSource } from './shape/collect-fields.ts'
import { shapeOf } from './shape/shape.ts'
import { coerceOf, type Coerce } from './variables.ts'

/** What an execution gave. */
export interface Outcome {
  /** `data` as JSON. */
  data: string
  errors: GraphQLFormattedError[]
  /** Values that a subgraph sent with a type that its schema does not have; told only where there are no errors. */
  notes: Note[]
  /** What else is told, to whoever wants to know: what the cache did, and what the operation cost. */
  extensions?: { cache?: FetchStory[]; cost?: Bill['report'] }
}

/** Takes what an operation costs, in points, from who asks; throws when they have too little. */
export type Charge = (cost: number, context: GatewayContext) => void

/** One choice of what `@skip` and `@include` let in. */
interface Variant {
  step: Step | null
  shape: (data: Data, context: ShapeContext) => string
}

/** The shortest run that is told from others, in ms, and how much it is taken to rise at each. */
const SHORTEST = 1
const DRIFT = 1.0001

/** Choices that are kept, of each operation. */
const VARIANTS = 8

/** What an operation is compiled from. */
export interface OperationSource {
  operation: Operation
  plan: QueryPlan
  /** The schema that clients see. */
  api: GraphQLSchema
  fetching: FetchSettings
  /** The schema with what things cost. */
  supergraph: GraphQLSchema
  charge: Charge
  /** Writers of leaves, which all operations share. */
  leaves: ShapeSource['leaves']
}

/** An operation that was admitted and planned, ready to be run again and again. */
export class CompiledOperation {
  readonly kind: OperationTypeNode
  readonly name: string | undefined
  readonly coerce: Coerce
  /** The names of the subgraphs that it may ask, as one text. */
  readonly subgraphs: string
  /** Memory that it may take in the end, in bytes, roughly. */
  readonly size: number
  /** How often it was asked for. */
  uses = 0
  /** How long it takes when nothing waits, in ms. */
  #shortest = Infinity
  readonly #price: (variables: Record<string, unknown>) => number
  readonly #charge: Charge
  readonly #caching: Caching | null
  readonly #variantFor: (values: Record<string, unknown>) => Variant

  constructor(source: OperationSource) {
    const { definition } = source.operation
    this.kind = definition.operation
    this.name = definition.name?.value
    this.coerce = coerceOf(source.api, definition.variableDefinitions ?? [], conditionVariables(source.operation))
    this.subgraphs = [...new Set(subgraphsIn(source.plan.node))].sort().join(' ')
    this.size = sizeOf(source)
    this.#price = priceOf(source.supergraph, { operation: definition, fragments: source.operation.fragments })
    this.#charge = source.charge
    this.#caching = source.fetching.caching
    this.#variantFor = variantsOf(source)
  }

  /** How many times longer than its shortest run one took; that may rise, as the data that it is about grows. In ms. */
  slownessOf(duration: number): number {
    this.#shortest = Math.max(SHORTEST, Math.min(this.#shortest * DRIFT, duration))
    return duration / this.#shortest
  }

  /**
   * Runs the operation, which is paid for first.
   * @param sent the variables that the client sent, which subgraphs get as they are.
   * @param values the same, coerced.
   */
  async run(sent: Record<string, unknown>, values: Record<string, unknown>, context: GatewayContext): Promise<Outcome> {
    this.#charge(this.#price(values), context)
    const { step, shape } = this.#variantFor(values)
    const run: Run = {
      variables: sent,
      context,
      data: {},
      errors: [],
      isMutation: this.kind === OperationTypeNode.MUTATION,
    }
    if (run.isMutation) this.#caching?.parts.noteWrite(context)
    if (step) await runStep(step, run)
    if (run.isMutation) this.#caching?.parts.noteWrite(context)
    const shaping: ShapeContext = { path: [], notes: [] }
    const data = shape(run.data, shaping)
    if (run.errors.length > 0 || shaping.notes.length > 0) context.freshness.spoil()
    if (this.#caching && shaping.notes.length === 0) await this.#caching.parts.keep(context.freshness.writes)
    return { data, errors: run.errors, notes: shaping.notes, ...extensionsFor(context) }
  }
}

/** What clients are told besides, who want to know. */
export function extensionsFor({
  isExplained,
  isPriced,
  freshness,
  account,
}: GatewayContext): Pick<Outcome, 'extensions'> {
  if (!isExplained && !isPriced) return {}
  const cost = isPriced && account.bill ? { cost: account.bill.report } : {}
  return { extensions: { ...(isExplained && { cache: freshness.stories }), ...cost } }
}

/**
 * What each character of a plan leads to: a field of it, of some ten characters, is held by some 400 bytes. Fragments
 * are in the plan as often as in the document, and compiled as often.
 */
const BYTES_PER_CHARACTER = 40

function sizeOf({ operation, plan }: OperationSource): number {
  const text = JSON.stringify(plan, (key, value: unknown) => (key === 'operationDocumentNode' ? undefined : value))
  const variants = conditionVariables(operation).length === 0 ? 1 : VARIANTS
  return text.length * BYTES_PER_CHARACTER * variants
}

/** Chooses the variant for some variables. */
function variantsOf(source: OperationSource): (values: Record<string, unknown>) => Variant {
  const names = conditionVariables(source.operation)
  return names.length === 0 ? always(compileVariant(source, new Map())) : variantsBy(names, source)
}

/** In a function of its own, since closures share what their scope holds: document and plan would be kept with it. */
function always(variant: Variant): () => Variant {
  return () => variant
}

function variantsBy(names: string[], source: OperationSource): (values: Record<string, unknown>) => Variant {
  const variants = new LRUCache<string, Variant>({ max: VARIANTS })
  return (values) => {
    const key = names.map((name) => (values[name] === true ? '1' : '0')).join('')
    const known = variants.get(key)
    if (known) return known
    const variant = compileVariant(source, new Map(names.map((name) => [name, values[name] === true])))
    variants.set(key, variant)
    return variant
  }
}

function compileVariant({ operation, plan, api, fetching, leaves }: OperationSource, conditions: Conditions): Variant {
  const { definition, fragments } = operation
  const root = api.getRootType(definition.operation)
  const node = plan.node
  if (!root || node?.kind === 'Subscription') throw new Error(`there are no ${definition.operation}s here`)
  return {
    step: compileStep(node, [], conditions, fetching),
    shape: shapeOf(
      { schema: api, fragments, conditions, leaves, objects: new Map(), numbers: new Map() },
      { type: root, selectionSet: definition.selectionSet },
    ),
  }
}
