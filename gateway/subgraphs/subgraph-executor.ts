import { GraphQLError, type GraphQLFormattedError } from 'graphql'
import type { ErrorCode } from '../../platform/graphql/errors.ts'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'

export type OperationKind = 'query' | 'mutation'

/** An operation for a subgraph. */
export interface SubgraphOperation {
  /** The body of the request, `{ query, variables }` as JSON. */
  body: string
  kind: OperationKind
  /** Whether an equal query that is under way may answer for this one. */
  isShareable: boolean
  /** What was known of the data's state when it was asked: only a query of the same may answer for it. */
  state?: string
}

export interface SubgraphAnswer {
  data?: Record<string, unknown> | null | undefined
  errors?: GraphQLFormattedError[] | undefined
}

/**
 * Whatever answers operations of a subgraph, wherever that is.
 * A failure to answer is an error beside no data, as the client may see it.
 */
export type SubgraphExecutor = (request: SubgraphOperation, context: GatewayContext) => Promise<SubgraphAnswer>

/** An operation as the body of a request. */
export function bodyOf(query: string, variables: Record<string, unknown> | undefined): string {
  return JSON.stringify({ query, variables })
}

/** Turns failures to answer into errors beside no data; one whose schema is another is told in the log. */
export function tellingFailures(subgraph: string, run: SubgraphExecutor): SubgraphExecutor {
  return async (request, context) => {
    try {
      const answer = await run(request, context)
      for (const error of answer.errors ?? [])
        if (isRefused(error) && MISFIT.test(error.message)) logMisfit(subgraph, error, context)
      return answer.errors ? { ...answer, errors: answer.errors.map(asBadInput) } : answer
    } catch (error) {
      if (error instanceof GraphQLError) return { data: null, errors: [error.toJSON()] }
      throw error
    }
  }
}

/** What graphql-js says of an operation that is of another version of the schema, whatever values it has. */
const MISFIT = /^(?:Cannot query field|Unknown|Field "|Variable "\$|Directive "|Fragment|Value "\w+" does not exist)/

const isRefused = (error: GraphQLFormattedError) => error.extensions?.code === 'GRAPHQL_VALIDATION_FAILED'

/**
 * The gateway validated the operation, but for the values of the subgraph's own scalars: what the subgraph refuses
 * as a whole is a value that the client sent, unless the subgraph has another schema than the gateway's.
 */
function asBadInput(error: GraphQLFormattedError): GraphQLFormattedError {
  if (!isRefused(error)) return error
  const code: ErrorCode = MISFIT.test(error.message) ? 'INTERNAL_SERVER_ERROR' : 'BAD_USER_INPUT'
  return { ...error, extensions: { ...error.extensions, code } }
}

function logMisfit(subgraph: string, { message: reason }: GraphQLFormattedError, { requestId }: GatewayContext): void {
  log.error({ subgraph, reason, requestId }, 'a subgraph has another schema than the gateway: deploy them in order')
}
