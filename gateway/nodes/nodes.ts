import { buildSubgraphSchema } from '@apollo/subgraph'
import DataLoader from 'dataloader'
import { execute, GraphQLError, parse } from 'graphql'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { BadInputError } from '../../platform/graphql/errors.ts'
import { refuseMalformedText } from '../../platform/graphql/well-formed.ts'
import { isId, prefixOf } from '../../platform/ids.ts'
import type { GatewayContext } from '../context.ts'
import { bodyOf, type SubgraphExecutor } from '../subgraphs/subgraph-executor.ts'
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts'
import type { Subgraphs } from '../subgraphs/subgraph-clients.ts'
import type { NodesSubgraph } from '../supergraph/supergraph.ts'

const MOST_NODES = 100

/** Asks the owner of a type which objects exist for the viewer; a stub alone would show ids of what is not there. */
const WHICH_EXIST = 'query ($representations: [_Any!]!) { _entities(representations: $representations) { __typename } }'
const existing = z.object({ _entities: z.array(z.object({ __typename: z.string() }).nullable()) })

const operation = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).optional() })

/** A stub of an object that exists, or null. */
type Stub = { __typename: string; id: string } | null

/** Runs operations of the subgraph of `node` and `nodes`, which lives in the gateway. */
export function createNodesRunner({ sdl, owners }: NodesSubgraph, subgraphs: Subgraphs): SubgraphExecutor {
  const types = new Map([...owners.keys()].map((type) => [prefixFor(type), type]))
  const schema = buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: { Query: { node, nodes } } }])
  refuseMalformedText(schema)
  const documents = new LRUCache<string, ReturnType<typeof parse>>({ max: 100 })

  function loaderFor(context: GatewayContext): DataLoader<string, Stub> {
    return new DataLoader((ids) => findStubs([...ids], context))
  }

  async function findStubs(ids: string[], context: GatewayContext): Promise<(Stub | Error)[]> {
    const byType = Map.groupBy(
      ids.filter((id) => typeOf(id, types)),
      (id) => typeOf(id, types) ?? '',
    )
    const found = await Promise.all(
      [...byType].map(([type, some]) => findOfType(type, some, subgraphs.get(owners.get(type) ?? ''), context)),
    )
    const stubs = new Map(found.flat())
    return ids.map((id) => stubs.get(id) ?? null)
  }

  return async ({ body }, context) => {
    const { query, variables } = operation.parse(JSON.parse(body))
    const document = documents.get(query) ?? parse(query)
    documents.set(query, document)
    const result = await execute({
      schema,
      document,
      variableValues: variables ?? {},
      contextValue: { stubs: loaderFor(context) },
    })
    return { data: result.data, ...(result.errors && { errors: result.errors.map((error) => error.toJSON()) }) }
  }
}

interface NodesContext {
  stubs: DataLoader<string, Stub>
}

function node(_: unknown, { id }: { id: string }, { stubs }: NodesContext): Promise<Stub> {
  return stubs.load(id)
}

/** Each object by itself: one that cannot be looked for is an error at its place alone. */
function nodes(_: unknown, { ids }: { ids: string[] }, { stubs }: NodesContext): Promise<Stub>[] {
  if (ids.length > MOST_NODES) throw new BadInputError(`ids must be at most ${MOST_NODES}, and are ${ids.length}.`)
  return ids.map((id) => stubs.load(id))
}

async function findOfType(
  type: string,
  ids: string[],
  client: SubgraphClient | undefined,
  context: GatewayContext,
): Promise<[string, Stub | Error][]> {
  if (!client) return []
  try {
    const representations = ids.map((id) => ({ __typename: type, id }))
    const { data, errors = [] } = await client.run(
      { body: bodyOf(WHICH_EXIST, { representations }), kind: 'query', isShareable: true },
      context,
    )
    const entities = existing.safeParse(data).data?._entities ?? []
    const failureOf = (index: number) => errors.find(({ path }) => !data || path?.[1] === index)
    return ids.map((id, index) => {
      const failure = failureOf(index)
      // What could not be found out is an error: it may well exist.
      if (failure) return [id, new GraphQLError(failure.message, { extensions: failure.extensions ?? {} })]
      return [id, entities[index] ? { __typename: type, id } : null]
    })
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error))
    return ids.map((id) => [id, failure])
  }
}

/** The type that an id carries; undefined when it is of none. */
function typeOf(id: string, types: Map<string, string>): string | undefined {
  const prefix = prefixOf(id)
  return isId(prefix, id) ? types.get(prefix) : undefined
}

/** The prefix of a type's ids: its name in snake case. */
function prefixFor(type: string): string {
  return type.replace(/(?<=[a-z0-9])[A-Z]/g, (letter) => `_${letter}`).toLowerCase()
}
