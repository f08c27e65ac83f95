import type { ApolloServerPlugin } from '@apollo/server'
import { OperationTypeNode, type GraphQLFormattedError } from 'graphql'
import type { GatewayContext } from '../context.ts'

/**
 * Answers operations whose arguments break a rule as GraphQL over HTTP answers other bad requests: with 400 and without
 * data. Queries as a whole, since nothing is lost; mutations only where none of their fields was done.
 */
export const badInputPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, operation }) {
        if (response.body.kind !== 'single') return
        const { data, errors = [] } = response.body.singleResult
        if (!operation || !isRefusedInput(errors, operation.operation, data)) return
        response.body.singleResult = { errors }
        response.http.status = 400
      },
    }
  },
}

/** Whether an answer says of the client's input alone, and of all of it, that it breaks a rule. */
export function isRefusedInput(
  errors: readonly GraphQLFormattedError[],
  kind: OperationTypeNode,
  data: Record<string, unknown> | null | undefined,
): boolean {
  if (errors.length === 0 || !errors.every(({ extensions }) => extensions?.code === 'BAD_USER_INPUT')) return false
  return kind !== OperationTypeNode.MUTATION || Object.values(data ?? {}).every((value) => value === null)
}
