import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'
import { rateHeadersOf, type Toll } from './toll.ts'

/** What is not fined: who has nothing left, and who does as persisted queries are meant to be asked for. */
const FREE = new Set<unknown>(['RATE_LIMITED', 'PERSISTED_QUERY_NOT_FOUND'])

/** Lets what takes the way through Apollo Server pay, and tells what is left. */
export function limitsPlugin(toll: Toll): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue }) {
          // What was not charged was work all the same: no document, one that is not allowed here, wrong variables.
          const isFree = errors.some(({ extensions }) => FREE.has(extensions.code))
          if (!contextValue.account.bill && !isFree && contextValue.purpose === 'answer') toll.fine(contextValue)
        },
        async willSendResponse({ response, contextValue }) {
          const { allowance } = contextValue.account.bill ?? { allowance: toll.left(contextValue) }
          for (const [name, value] of rateHeadersOf(allowance)) response.http.headers.set(name, value)
        },
      }
    },
  }
}
