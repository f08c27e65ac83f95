import type { ApolloServerPlugin } from '@apollo/server'
import { GraphQLError, OperationTypeNode, type GraphQLFormattedError } from 'graphql'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'
import { MOST_ERRORS } from '../limits/most-errors.ts'

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

/** Refuses requests that name no operation to run, which Apollo's gateway answers with 500. */
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
      },
    }
  },
}

function noOperation(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_RESOLUTION_FAILURE', http: { status: 400 } } })
}

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
