import { Supergraph, type Schema } from '@apollo/federation-internals'
import { ApolloGateway } from '@apollo/gateway'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { execute, isAbstractType, parse, type DocumentNode, type GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { createContext, type GatewayContext } from '../../gateway/context.ts'
import { Engine } from '../../gateway/engine/engine.ts'
import { dataSourceOf } from '../../gateway/subgraphs/apollo-data-source.ts'
import type { SubgraphExecutor, SubgraphAnswer } from '../../gateway/subgraphs/subgraph-executor.ts'
import { apolloLog } from '../../platform/process/log.ts'
import { inhabit, resolverOf, typeOfId, type Laws, type Thing } from './universe.ts'

/** What somebody answered. */
export interface Result {
  data: unknown
  errors: { message: string; path: string }[]
  notes: string[]
}

/** One supergraph, executed in three ways over the same universe. */
export interface World {
  api: GraphQLSchema
  laws: Laws
  /** Spoils what subgraphs send, the same for everybody; null for nothing. */
  spoil: ((answer: SubgraphAnswer) => void) | null
  ours: (document: string, variables: Record<string, unknown>) => Promise<Result>
  apollo: (document: string, variables: Record<string, unknown>) => Promise<Result>
  /** graphql-js on the whole schema, without federation. */
  whole: (document: string, variables: Record<string, unknown>) => Promise<Result>
}

type Executor = ApolloGateway['executor']

export async function createWorld(supergraphSdl: string): Promise<World> {
  const supergraph = Supergraph.build(supergraphSdl)
  const api = supergraph.apiSchema().toGraphQLJSSchema()
  const whole = supergraph.apiSchema().toGraphQLJSSchema()
  const possible = possibleTypes(whole)
  const world = { laws: { seed: 0, failures: 'none' } as Laws, spoil: null as World['spoil'] }
  const resolve = resolverOf(() => world.laws, possible)
  inhabit(whole, resolve)
  const sources = new Map<string, SubgraphExecutor>()
  for (const subgraph of supergraph.subgraphs()) {
    const schema = buildSubgraphSchema([
      { typeDefs: parse(subgraph.toString()), resolvers: referencesOf(subgraph.schema, possible) },
    ])
    inhabit(schema, resolve)
    sources.set(subgraph.name, executorOf(schema, world))
  }
  const engine = new Engine(supergraphSdl, (name) => required(sources.get(name)), {
    parts: null,
    memory: 100_000_000,
    printsPlans: false,
    charge: () => undefined,
    chargePlanning: () => undefined,
  })
  const gateway = engine.asGateway()
  gateway.onSchemaLoadOrUpdate(() => undefined)
  const { executor } = await gateway.load({ apollo: {} })
  const apollo = new ApolloGateway({
    supergraphSdl,
    logger: apolloLog,
    buildService: ({ name }) => dataSourceOf(required(sources.get(name))),
  })
  await apollo.load({ apollo: {} })
  return Object.assign(world, {
    api,
    ours: (document: string, variables: Record<string, unknown>) =>
      runWith(required(executor) as Executor, document, variables),
    apollo: (document: string, variables: Record<string, unknown>) => runWith(apollo.executor, document, variables),
    whole: async (document: string, variables: Record<string, unknown>) =>
      resultOf(
        await execute({
          schema: whole,
          document: parse(document),
          variableValues: variables,
          rootValue: { __typename: 'Root', id: '0' },
        }),
      ),
  })
}

function required<Value>(value: Value | null | undefined): Value {
  if (value === null || value === undefined) throw new Error('something of the world is missing')
  return value
}

function possibleTypes(schema: GraphQLSchema): (name: string) => string[] {
  return (name) => {
    const type = schema.getType(name)
    return isAbstractType(type)
      ? schema
          .getPossibleTypes(type)
          .map((each) => each.name)
          .sort()
      : [name]
  }
}

/** An entity is whatever its representation says. */
function referencesOf(schema: Schema, possible: (name: string) => string[]) {
  const objects = schema.objectTypes().filter(({ name }) => !['Query', 'Mutation'].includes(name))
  const keyed = schema.interfaceTypes().filter((type) => type.hasAppliedDirective('key'))
  return Object.fromEntries([
    ...objects.map(({ name }) => [name, { __resolveReference: (known: object) => ({ ...known, __typename: name }) }]),
    ...keyed.map(({ name }) => [
      name,
      { __resolveReference: (known: Thing) => ({ ...known, __typename: typeOfId(known.id, possible(name)) }) },
    ]),
  ])
}

function executorOf(schema: GraphQLSchema, world: { spoil: World['spoil'] }): SubgraphExecutor {
  const documents = new LRUCache<string, DocumentNode>({ max: 2_000 })
  return async ({ body }) => {
    const { query, variables } = JSON.parse(body)
    const document = documents.get(query) ?? parse(query)
    documents.set(query, document)
    const result = await execute({
      schema,
      document,
      variableValues: variables,
      rootValue: { __typename: 'Root', id: '0' },
    })
    const answer: SubgraphAnswer = JSON.parse(JSON.stringify(result))
    world.spoil?.(answer)
    return answer
  }
}

const contextNow = (): GatewayContext =>
  createContext({
    viewer: null,
    requestId: 'differential',
    clientAddress: '127.0.0.1',
    client: { name: '', version: '' },
    deadline: Infinity,
  })

async function runWith(executor: Executor, source: string, variables: Record<string, unknown>): Promise<Result> {
  const document = parse(source)
  const request = { query: source, variables, operationName: undefined }
  // What Apollo Server would hand over; the rest of it is not read.
  const result = await executor({
    request,
    document,
    source,
    queryHash: source,
    logger: apolloLog,
    metrics: {},
    context: contextNow(),
  } as unknown as Parameters<Executor>[0])
  return resultOf(result)
}

function resultOf({ data, errors, extensions }: Awaited<ReturnType<Executor>>): Result {
  const notes: { message: string }[] = extensions?.valueCompletion ?? []
  return {
    data: data === undefined ? undefined : JSON.parse(JSON.stringify(data)),
    errors: (errors ?? []).map(({ message, path }) => ({ message, path: (path ?? []).join('.') })),
    notes: notes.map(({ message }) => message),
  }
}
