import type { ApolloServerPlugin } from '@apollo/server'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'

/** Logs values that a subgraph sent with a type that its schema does not have: clients see them as null, without an error. */
export const valueCompletionPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, contextValue, operationName }) {
        const notes =
          response.body.kind === 'single' ? response.body.singleResult.extensions?.valueCompletion : undefined
        if (notes) logNotes(notes, operationName ?? undefined, contextValue)
      },
    }
  },
}

export function logNotes(notes: unknown, operationName: string | undefined, { requestId }: GatewayContext): void {
  log.error({ requestId, operationName, valueCompletion: notes }, 'a subgraph sent values of the wrong type')
}
