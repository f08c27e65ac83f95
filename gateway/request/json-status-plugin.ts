import type { ApolloServerPlugin } from '@apollo/server'
import type { GatewayContext } from '../context.ts'

/** What is said of a request before any of it runs. */
const REQUEST_ERRORS = new Set<unknown>(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'])

/**
 * Tells clients that ask for `application/json` by name of a request that cannot be run with 200: some of them take
 * another status for a failure of the network (https://graphql.github.io/graphql-over-http/draft/#sec-application-json).
 */
export const jsonStatusPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, request }) {
        if (response.body.kind !== 'single' || request.http?.headers.get('accept') !== 'application/json') return
        const { data, errors = [] } = response.body.singleResult
        const isRequestError = errors.every(({ extensions }) => REQUEST_ERRORS.has(extensions?.code))
        if (data === undefined && errors.length > 0 && isRequestError) response.http.status = 200
      },
    }
  },
}
