import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'
import { PAID, PLANNING, pointsOf } from './points.ts'
import { rateHeadersOf, type Toll } from './toll.ts'

/** How persisted queries begin, where a gateway has not met one: it costs a point, and what reading the body costs. */
const UNKNOWN_HASH = 'PERSISTED_QUERY_NOT_FOUND'

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
          if (codes.includes(UNKNOWN_HASH)) return toll.fine(contextValue, 1 + pointsOf(bodyLength))
          if (!codes.some((code) => PAID.has(code))) toll.fine(contextValue, PLANNING + pointsOf(bodyLength))
        },
        async willSendResponse({ response, contextValue }) {
          const { allowance } = contextValue.account.bill ?? { allowance: toll.left(contextValue) }
          for (const [name, value] of rateHeadersOf(allowance)) response.http.headers.set(name, value)
        },
      }
    },
  }
}
