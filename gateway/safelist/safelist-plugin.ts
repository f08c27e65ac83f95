import type { ApolloServerOptions, ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'
import type { Safelist } from './safelist.ts'

/** What becomes of operations that are not on the list. */
export interface Admission {
  safelist: Safelist
  mode: 'safelist' | 'log'
}

/** Lets in what is on the list; tells of anything else, and refuses it where that is wanted. */
export function safelistPlugin({ safelist, mode }: Admission): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ source, operationName, queryHash, contextValue }) {
          if (safelist.has(source)) return
          const { requestId, client, purpose } = contextValue
          if (purpose === 'answer')
            log.warn({ requestId, operationName, queryHash, client }, 'an operation that is not on the list was sent')
          if (mode === 'safelist')
            throw new GraphQLError('Only operations that were released with a client are answered here.', {
              extensions: { code: 'OPERATION_NOT_LISTED', http: { status: 400 } },
            })
        },
      }
    },
  }
}

/** Persisted queries that can be none but those of the list, by their ids. */
export function listedQueries({
  safelist,
}: Admission): NonNullable<ApolloServerOptions<GatewayContext>['persistedQueries']> {
  return {
    cache: {
      get: async (key) => safelist.find(key.replace(/^apq:/, '')),
      set: async () => undefined,
      delete: async () => false,
    },
  }
}
