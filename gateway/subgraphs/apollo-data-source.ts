import type { GraphQLDataSource } from '@apollo/gateway'
import type { GatewayContext } from '../context.ts'
import { bodyOf, type SubgraphExecutor } from './subgraph-executor.ts'

/** Lets Apollo's own executor reach a subgraph, for the operations that are left to it. */
export function dataSourceOf(executor: SubgraphExecutor): GraphQLDataSource<GatewayContext> {
  return {
    async process(options) {
      const { query, variables } = options.request
      if (options.kind !== 'incoming operation' || !query) return { data: {} }
      const kind = query.startsWith('mutation') ? 'mutation' : 'query'
      const { data, errors } = await executor(
        { body: bodyOf(query, variables), kind, isShareable: false },
        options.context,
      )
      return { data: data ?? null, ...(errors && { errors }) }
    },
  }
}
