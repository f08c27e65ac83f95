import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerThroughApollo, BODY_LIMIT, receiveBody } from '../../platform/graphql/http-graphql.ts'
import { Cancellation } from '../cancellation.ts'
import type { GatewayContext } from '../context.ts'
import type { CompiledOperation } from '../engine/compiled-operation.ts'
import type { CurrentGraph } from '../current-graph.ts'
import type { Authenticate } from '../identity/authenticate.ts'
import { clientAddressOf } from './client-address.ts'
import { allowOrigin } from './cors.ts'
import { answerOf } from './outcome-answer.ts'
import { readPlainRequest, type PlainRequest } from './plain-request.ts'

/** What an operation may take, in ms: more than one fetch of it, and less than clients wait. */
export const LONGEST_OPERATION = 10_000

/** From this length on, in characters, encoding a text costs more than a second piece on the wire. */
const LONG = 32_000

/** What requests are answered with. */
export interface GraphQLParts {
  graph: CurrentGraph
  authenticate: Authenticate
  trustedProxies: number
  corsOrigins: string[]
}

/**
 * Answers a GraphQL request, in these phases: headers → who asks → body → operation, variables → fetches → bytes.
 * An operation that was not admitted yet, and whatever is not plainly a request for one, takes the way through Apollo
 * Server, and is run by the same engine.
 */
export async function answerGraphQL(
  parts: GraphQLParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const requestId = randomUUID()
  response.setHeader('x-request-id', requestId)
  // Until a policy says otherwise, every answer may be somebody's own.
  response.setHeader('cache-control', 'no-store')
  if (allowOrigin(request, response, parts.corsOrigins)) return
  const context = await identify(parts, request, requestId)
  response.on('close', () => context.cancellation.cancel())
  const body = await receiveBody(request, response, BODY_LIMIT)
  if (body === null) return
  const { apollo, engine } = parts.graph.now
  const plain = readPlainRequest(request, body)
  const operation = plain && engine.find(plain.query, plain.operationName)
  const coerced = operation?.coerce(plain?.variables ?? {})
  if (!plain || !operation || !coerced || 'errors' in coerced)
    return answerThroughApollo(apollo, request, response, body, context)
  await run(operation, plain, coerced.values, context, response)
}

async function identify(
  { authenticate, trustedProxies }: GraphQLParts,
  request: IncomingMessage,
  requestId: string,
): Promise<GatewayContext> {
  const { authorization } = request.headers
  return {
    purpose: 'answer',
    viewer: authorization === undefined ? null : await authenticate(authorization),
    requestId,
    clientAddress: clientAddressOf(request, trustedProxies),
    userAgent: request.headers['user-agent'],
    cancellation: new Cancellation(),
    deadline: performance.now() + LONGEST_OPERATION,
  }
}

async function run(
  operation: CompiledOperation,
  { variables, contentType }: PlainRequest,
  values: Record<string, unknown>,
  context: GatewayContext,
  response: ServerResponse,
): Promise<void> {
  const outcome = await operation.run(variables, values, context)
  const { status, body } = answerOf(outcome, operation, context)
  // A long text is encoded once; a short one goes out with its head in one piece.
  const bytes = body.length > LONG ? Buffer.from(body) : body
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(bytes) })
  response.end(bytes)
}
