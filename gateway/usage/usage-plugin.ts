import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'
import type { UsageRecorder } from './usage-recorder.ts'

/** Counts the operations that take the way through Apollo Server. */
export function usagePlugin(usage: UsageRecorder): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ source, operationName, schema, contextValue }) {
          if (contextValue.purpose !== 'answer') return
          usage.count({ document: source, operationName: operationName ?? undefined }, schema, contextValue.client)
        },
      }
    },
  }
}
