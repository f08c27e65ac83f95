import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError, OperationTypeNode } from 'graphql'
import type { GatewayContext } from '../context.ts'

/** What no variable may be called: an object cannot hold it, and graphql-js has an object of all. */
const IMPOSSIBLE = '__proto__'

/** Refuses requests that name no operation to run, which Apollo's gateway answers with 500, and what cannot be run. */
export const operationPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, request }) {
        if (!operation)
          throw noOperation(
            typeof request.operationName === 'string'
              ? `The document has no operation ${JSON.stringify(request.operationName)}.`
              : 'The document has several operations: say in operationName which one to run.',
          )
        if (operation.operation === OperationTypeNode.SUBSCRIPTION)
          throw noOperation('There are no subscriptions here.')
        if (operation.variableDefinitions?.some(({ variable }) => variable.name.value === IMPOSSIBLE))
          throw noOperation(`No variable can be called ${IMPOSSIBLE}.`)
      },
    }
  },
}

function noOperation(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } })
}
