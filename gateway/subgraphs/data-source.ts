import type { GraphQLDataSource } from '@apollo/gateway'
import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { GatewayContext } from '../context.ts'
import type { SubgraphAnswer, SubgraphOperation } from './subgraph-client.ts'

/** Runs an operation for a viewer, wherever its subgraph is. */
export type RunOperation = (operation: SubgraphOperation, context: GatewayContext) => Promise<SubgraphAnswer>

/** Lets Apollo's executor reach a subgraph; a subgraph that fails is an error of its part of the answer alone. */
export function dataSourceOf(run: RunOperation): GraphQLDataSource<GatewayContext> {
  return {
    async process(options) {
      const { query, variables } = options.request
      if (options.kind !== 'incoming operation' || !query) return { data: {} }
      try {
        const { data, errors } = await run({ query, variables }, options.context)
        return { data: data ?? null, ...(errors && { errors: errors.map(asBadInput) }) }
      } catch (error) {
        if (error instanceof GraphQLError) return { data: null, errors: [error.toJSON()] }
        throw error
      }
    },
  }
}

/**
 * The gateway validated the operation, but for the values of the subgraph's own scalars: what the subgraph refuses
 * as a whole is a value that the client sent.
 */
function asBadInput(error: GraphQLFormattedError): GraphQLFormattedError {
  const isRefused = error.extensions?.code === 'GRAPHQL_VALIDATION_FAILED'
  return isRefused ? { ...error, extensions: { ...error.extensions, code: 'BAD_USER_INPUT' } } : error
}
