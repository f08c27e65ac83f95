import type { ApolloServerOptionsWithGateway } from '@apollo/server'
import { prettyFormatQueryPlan, type QueryPlan } from '@apollo/query-planner'
import { buildSchema, GraphQLError, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import type { CachedParts } from '../cache/cached-parts.ts'
import { createCaching, type Caching } from '../cache/caching.ts'
import type { GatewayContext } from '../context.ts'
import { priceOf } from '../../platform/graphql/cost/cost.ts'
import type { SubgraphExecutor } from '../subgraphs/subgraph-executor.ts'
import {
  CompiledOperation,
  extensionsFor,
  type Charge,
  type OperationSource,
  type Outcome,
} from './compiled-operation.ts'
import { asksForSchema, findOperation, withoutPlaces, type Operation } from './operation.ts'
import type { Rehearsed } from './rehearsal.ts'
import { coerceOf, type CoercedVariables } from './variables.ts'
import { contextOf, Planner, type GatewayRequest, type GatewayResult } from './planner.ts'

/** Operations that are kept. */
const OPERATIONS = 5_000

export interface EngineParts {
  /** The cache; null where nothing is kept. */
  parts: CachedParts | null
  /** Whether the plan of each operation that is new is printed. */
  printsPlans: boolean
  /** What all operations that are kept may take, in bytes. */
  memory: number
  /** Is called before an operation is run. */
  charge: Charge
  /** Is called before one that was not seen before is planned. */
  chargePlanning: (context: GatewayContext) => void
}

/**
 * Admits operations once and runs them fast: the first request for one comes through Apollo Server, with all that
 * depends on the document alone, and is planned by Apollo's gateway; what that leads to is kept, and run from then on.
 */
export class Engine {
  readonly #planner: Planner
  /** The supergraph, with the directives that clients do not see. */
  readonly supergraph: GraphQLSchema
  readonly #executorOf: (subgraph: string) => SubgraphExecutor
  readonly #caching: Caching | null
  readonly #printsPlans: boolean
  readonly #toll: Pick<EngineParts, 'charge' | 'chargePlanning'>
  readonly #admitted: LRUCache<string, CompiledOperation>
  /** Operations that are being planned: who asks for the same meanwhile waits for that. */
  readonly #admitting = new Map<string, Promise<CompiledOperation | null>>()
  readonly #leaves: OperationSource['leaves'] = new Map()
  #api: GraphQLSchema | undefined

  constructor(
    supergraphSdl: string,
    executorOf: (subgraph: string) => SubgraphExecutor,
    { parts, memory, printsPlans, ...toll }: EngineParts,
  ) {
    this.#admitted = new LRUCache({
      max: OPERATIONS,
      maxSize: memory,
      sizeCalculation: (operation, key) => operation.size + key.length,
    })
    this.#planner = new Planner(supergraphSdl, executorOf)
    this.supergraph = buildSchema(supergraphSdl, { assumeValid: true })
    this.#executorOf = executorOf
    this.#toll = toll
    this.#printsPlans = printsPlans
    this.#caching = parts && createCaching(parts, this.supergraph, supergraphSdl)
  }

  /** The operation of a document, if it was admitted before; `name` says which one of several. */
  find(document: string, name: string | undefined): CompiledOperation | undefined {
    const operation = this.#admitted.get(keyOf(document, name))
    if (operation) operation.uses++
    return operation
  }

  /** The schema that clients see. */
  get schema(): GraphQLSchema {
    if (!this.#api) throw new Error('the supergraph is not loaded yet')
    return this.#api
  }

  /** The operations that are asked for most, at most `count`. */
  busiest(count: number): Rehearsed[] {
    return [...this.#admitted.entries()]
      .sort(([, a], [, b]) => b.uses - a.uses)
      .slice(0, count)
      .map(([key]) => documentOf(key))
  }

  /** This engine as Apollo Server sees it. */
  asGateway(): NonNullable<ApolloServerOptionsWithGateway<GatewayContext>['gateway']> {
    const { gateway } = this.#planner
    return {
      onSchemaLoadOrUpdate: (callback) =>
        gateway.onSchemaLoadOrUpdate((context) => {
          this.#api = context.apiSchema
          callback(context)
        }),
      load: async (options) => {
        await gateway.load(options)
        return { executor: (request) => this.#execute(request) }
      },
      stop: () => gateway.stop(),
    }
  }

  async #execute(request: GatewayRequest): Promise<GatewayResult> {
    const { source, document, request: asked } = request
    const key = keyOf(source, asked.operationName)
    const known = this.find(source, asked.operationName) ?? (await this.#admitting.get(key))
    if (known) return answer(known, request)
    const operation = findOperation(document, asked.operationName)
    const context = contextOf(request)
    if (context.purpose === 'answer') this.#toll.chargePlanning(context)
    // Apollo's gateway would look for all that is wrong with them, and tells each with all of its surroundings.
    const coerced = operation && this.#coerce(operation, request)
    if (coerced && 'errors' in coerced) return { errors: [...coerced.errors] }
    if (!operation || !this.#api || asksForSchema(operation)) {
      if (coerced) this.#chargeFor(operation, coerced.values, context)
      const { extensions, ...result } = await this.#planner.run(request)
      const all = { ...extensions, ...extensionsFor(context).extensions }
      return { ...result, ...(Object.keys(all).length > 0 && { extensions: all }) }
    }
    const admission = Promise.withResolvers<CompiledOperation | null>()
    this.#admitting.set(key, admission.promise)
    try {
      const plan = await this.#planner.plan(request)
      if (!('kind' in plan)) return plan
      const compiled = this.#compile(operation, plan, this.#api)
      this.#admitted.set(key, compiled)
      admission.resolve(compiled)
      if (context.purpose === 'rehearsal') return { data: null }
      return await answer(compiled, request)
    } finally {
      admission.resolve(null)
      this.#admitting.delete(key)
    }
  }

  #coerce({ definition }: Operation, { request }: GatewayRequest): CoercedVariables {
    return coerceOf(this.schema, definition.variableDefinitions ?? [], [])(request.variables ?? {})
  }

  /** Lets an operation pay that is not compiled, since it asks for the schema too. */
  #chargeFor({ definition, fragments }: Operation, values: Record<string, unknown>, context: GatewayContext): void {
    this.#toll.charge(priceOf(this.supergraph, { operation: definition, fragments })(values), context)
  }

  #compile(operation: Operation, plan: QueryPlan, api: GraphQLSchema): CompiledOperation {
    if (this.#printsPlans) process.stdout.write(`${prettyFormatQueryPlan(plan)}\n`)
    const fetching = { supergraph: this.supergraph, executorOf: this.#executorOf, caching: this.#caching }
    const found = withoutPlaces(operation)
    const [supergraph, { charge }] = [this.supergraph, this.#toll]
    return new CompiledOperation({ operation: found, plan, api, fetching, supergraph, charge, leaves: this.#leaves })
  }
}

/** Separates the two parts of a key, and is part of no name. */
const SEPARATOR = '\0'

const keyOf = (document: string, name: string | null | undefined) => `${name ?? ''}${SEPARATOR}${document}`

function documentOf(key: string): Rehearsed {
  const end = key.indexOf(SEPARATOR)
  return { document: key.slice(end + 1), name: key.slice(0, end) || undefined }
}

/** Runs an operation for Apollo Server, which wants objects. */
async function answer(operation: CompiledOperation, request: GatewayRequest): Promise<GatewayResult> {
  const sent = request.request.variables ?? {}
  const coerced = operation.coerce(sent)
  if ('errors' in coerced) return { errors: [...coerced.errors] }
  return resultOf(await operation.run(sent, coerced.values, contextOf(request)))
}

function resultOf({ data, errors, notes, extensions }: Outcome): GatewayResult {
  const parsed: Record<string, unknown> | null = JSON.parse(data)
  const told = { ...extensions, ...(errors.length === 0 && notes.length > 0 && { valueCompletion: notes }) }
  return {
    data: parsed,
    ...(errors.length > 0 && { errors: errors.map(asGraphQLError) }),
    ...(Object.keys(told).length > 0 && { extensions: told }),
  }
}

function asGraphQLError({ message, path, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, { path, extensions })
}
