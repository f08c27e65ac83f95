import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'
import { rateHeadersOf, type Toll } from './toll.ts'

/** Who is not fined: who has nothing left, or has paid for that. */
const FREE = new Set<unknown>(['RATE_LIMITED', 'COST_LIMIT_EXCEEDED'])
/** Who does as persisted queries are meant to be asked for pays a point, and one more for so many characters. */
const UNKNOWN_HASH = 'PERSISTED_QUERY_NOT_FOUND'
const LENGTH_OF_A_POINT = 10_000

/** Lets what takes the way through Apollo Server pay, and tells what is left. */
export function limitsPlugin(toll: Toll): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart({ contextValue: { account } }) {
      account.isNoted = true
      return {
        async didEncounterErrors({ errors, contextValue }) {
          const { purpose, bodyLength } = contextValue
          // What was not charged was work all the same: no document, one that is not allowed here.
          if (account.bill || account.isPlanned || purpose !== 'answer') return
          const codes = errors.map(({ extensions }) => extensions.code)
          if (codes.includes(UNKNOWN_HASH))
            return toll.fine(contextValue, 1 + Math.floor(bodyLength / LENGTH_OF_A_POINT))
          if (!codes.some((code) => FREE.has(code))) toll.fine(contextValue)
        },
        async willSendResponse({ response, contextValue }) {
          const { allowance } = contextValue.account.bill ?? { allowance: toll.left(contextValue) }
          for (const [name, value] of rateHeadersOf(allowance)) response.http.headers.set(name, value)
        },
      }
    },
  }
}
