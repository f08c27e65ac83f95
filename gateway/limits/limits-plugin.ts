import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'
import { headersOf, type Toll } from './toll.ts'

/** Lets what takes the way through Apollo Server pay, and tells what is left. */
export function limitsPlugin(toll: Toll): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ operation, contextValue }) {
          // No document, or none that is valid here: reading it was work.
          if (!operation && contextValue.purpose === 'answer') toll.fine(contextValue)
        },
        async willSendResponse({ response, contextValue }) {
          const { bill } = contextValue.account
          if (bill) for (const [name, value] of headersOf(bill.allowance)) response.http.headers.set(name, value)
        },
      }
    },
  }
}
