import type { ApolloServerPlugin } from '@apollo/server'
import type { GraphQLFormattedError } from 'graphql'
import type { GatewayContext } from '../context.ts'
import { MOST_ERRORS } from '../limits/most-errors.ts'

/** The errors of an answer that are told. */
export const firstErrors = (errors: readonly GraphQLFormattedError[]) => errors.slice(0, MOST_ERRORS)

/** Tells the first errors alone. */
export const fewErrorsPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response }) {
        if (response.body.kind !== 'single') return
        const { singleResult } = response.body
        if (singleResult.errors) singleResult.errors = firstErrors(singleResult.errors)
      },
    }
  },
}
