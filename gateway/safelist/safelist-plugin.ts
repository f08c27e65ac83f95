import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError } from 'graphql'
import type { GatewayContext } from '../context.ts'
import type { Admission } from './admission.ts'

const MESSAGE = 'Only operations that were released with a client are answered here.'
const REFUSED = { extensions: { code: 'OPERATION_NOT_LISTED', http: { status: 400 } } }

/** Lets in what is on the list; tells of anything else, and refuses it where that is wanted. */
export function safelistPlugin(admission: Admission): ApolloServerPlugin<GatewayContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ source, operationName, contextValue }) {
          if (!admission.note(source, operationName, contextValue)) throw new GraphQLError(MESSAGE, REFUSED)
        },
        // What is wrong with an operation that is not listed would tell what there is.
        async willSendResponse({ source, response: { body, http } }) {
          if (admission.mode !== 'safelist' || !source || body.kind !== 'single' || admission.isListed(source)) return
          body.singleResult = { errors: [{ message: MESSAGE, extensions: { code: REFUSED.extensions.code } }] }
          http.status = 400
        },
      }
    },
  }
}
