import type { ApolloServerOptions, ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { GatewayContext } from '../context.ts'
import type { Admission } from './admission.ts'

/** Lets in what is on the list; tells of anything else, and refuses it where that is wanted. */
export function safelistPlugin(admission: Admission): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ source, operationName, contextValue }) {
          if (admission.note(source, operationName, contextValue)) return
          throw new GraphQLError('Only operations that were released with a client are answered here.', {
            extensions: { code: 'OPERATION_NOT_LISTED', http: { status: 400 } },
          })
        },
      }
    },
  }
}

type PersistedQueries = NonNullable<ApolloServerOptions<GatewayContext>['persistedQueries']>

/** Persisted queries that can be none but those of the list, by their ids, where others are refused. */
export function listedQueries(admission: Admission | null): { persistedQueries?: PersistedQueries } {
  if (admission?.mode !== 'safelist') return {}
  const { safelist } = admission
  return {
    persistedQueries: {
      cache: {
        get: async (key) => safelist.find(key.replace(/^apq:/, '')),
        set: async () => undefined,
        delete: async () => false,
      },
    },
  }
}
