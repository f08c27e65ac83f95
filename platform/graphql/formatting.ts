import type { ApolloServerPlugin, BaseContext } from '@apollo/server'
import { unwrapResolverError } from '@apollo/server/errors'
import type { GraphQLError } from 'graphql'
import { type GraphQLFormattedError } from 'graphql'
import { log } from '../process/log.ts'
import { ERROR_CODES } from './errors.ts'

/** Codes of graphql-js and Apollo Server, which say what is wrong with a request. */
const APOLLO_CODES = [
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'PERSISTED_QUERY_NOT_FOUND',
  'PERSISTED_QUERY_NOT_SUPPORTED',
] as const

/** Codes whose message was written for clients: all but that of what nobody foresaw. */
const TOLD: ReadonlySet<unknown> = new Set(
  [...ERROR_CODES, ...APOLLO_CODES].filter((code) => code !== 'INTERNAL_SERVER_ERROR'),
)

/** What Apollo Server says, without a code of its own, of persisted queries that are not as they should be. */
const WRONG_PERSISTED = new Set(['provided sha does not match query', 'Unsupported persisted query version'])

/** What a client is told of an error. */
export type FormatError = (error: GraphQLFormattedError) => GraphQLFormattedError

/**
 * What a client is told of an error: the message, place and code of one that was foreseen;
 * of any other only that something went wrong.
 */
export function formatError(formatted: GraphQLFormattedError): GraphQLFormattedError {
  const { message, locations, path } = formatted
  const code = WRONG_PERSISTED.has(message) ? 'BAD_REQUEST' : formatted.extensions?.code
  const isTold = TOLD.has(code)
  return {
    message: isTold ? shortened(withoutAdvice(message)) : 'Something went wrong.',
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code: isTold ? code : 'INTERNAL_SERVER_ERROR', ...(isTold && whenToRetry(formatted)) },
  }
}

/** What graphql-js begins its suggestions with. */
const HINT = ' Did you mean '

/** The same for production, where nobody is told what there would have been. */
export function formatErrorWithoutHints(error: GraphQLFormattedError): GraphQLFormattedError {
  // The message holds what the client sent, which a regular expression would look through again and again.
  const at = error.message.endsWith('?') ? error.message.lastIndexOf(HINT) : -1
  return formatError(at < 0 ? error : { ...error, message: error.message.slice(0, at) })
}

/** How long a message may be, in characters: it may hold all that a client sent. */
const LONGEST = 1_000

const shortened = (message: string) => (message.length > LONGEST ? `${message.slice(0, LONGEST)}…` : message)

/** In how many seconds what failed may be tried again, where that is known. */
function whenToRetry({ extensions }: GraphQLFormattedError): { retryAfter?: number } {
  return typeof extensions?.retryAfter === 'number' ? { retryAfter: extensions.retryAfter } : {}
}

/** Apollo Server advises its operator in what it tells clients. */
function withoutAdvice(message: string): string {
  return message.startsWith('GraphQL introspection is not allowed') ? 'Introspection is off here.' : message
}

/** Logs what nobody foresaw, with its stack, and the request id that the client can quote. */
export function unforeseenErrorsPlugin<
  Context extends BaseContext & { requestId: string },
>(): ApolloServerPlugin<Context> {
  return {
    async requestDidStart() {
      return {
        async didEncounterErrors({ errors, contextValue, operationName }) {
          logUnforeseen(
            errors.filter((error) => !isRequestError(error)),
            operationName ?? undefined,
            contextValue,
          )
        },
      }
    },
  }
}

/** Logs errors that no client is told of. */
export function logUnforeseen(
  errors: readonly (GraphQLFormattedError | GraphQLError)[],
  operationName: string | undefined,
  { requestId }: { requestId: string },
): void {
  for (const error of errors) {
    if (TOLD.has(error.extensions?.code)) continue
    const { path } = error
    log.error(
      { err: unwrapResolverError(error), path, operationName: operationName?.slice(0, 100), requestId },
      'an operation failed',
    )
  }
}

/** Errors of graphql-js about the document or its variables get their code from Apollo Server later on. */
function isRequestError(error: GraphQLError): boolean {
  return error.originalError === undefined && error.path === undefined
}
