import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  answerThroughApollo,
  BODY_LIMIT,
  isJson,
  receiveBody,
  refuseLarge,
} from '../../platform/graphql/http-graphql.ts'
import { readBody } from '../../platform/http/requests.ts'
import type { Mode } from '../../platform/process/common-settings.ts'
import { Cancellation } from '../cancellation.ts'
import { Freshness } from '../cache/freshness.ts'
import type { WholeAnswer } from '../cache/whole-answers.ts'
import type { GatewayContext } from '../context.ts'
import type { CompiledOperation } from '../engine/compiled-operation.ts'
import type { CurrentGraph } from '../current-graph.ts'
import type { Authenticate } from '../identity/authenticate.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import { clientAddressOf } from './client-address.ts'
import { clientOf } from './client-of.ts'
import { allowOrigin } from './cors.ts'
import { answerOf } from './outcome-answer.ts'
import { routedSubgraphs } from './routed.ts'
import { plainContentType, readPlainRequest, type PlainRequest } from './plain-request.ts'

/** What an operation may take, in ms: more than one fetch of it, and less than clients wait. */
export const LONGEST_OPERATION = 10_000

/** From this length on, in characters, encoding a text costs more than a second piece on the wire. */
const LONG = 32_000

/** What answers depend on besides the address and the body of a request. */
const VARY = 'Authorization, Accept, Origin'

/** What requests are answered with. */
export interface GraphQLParts {
  graph: CurrentGraph
  authenticate: Authenticate
  mode: Mode
  /** Counts what is asked for; null where nobody wants to know. */
  usage: UsageRecorder | null
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
  if (allowOrigin(request, response, parts.corsOrigins)) return
  const anybodys = parts.graph.now.whole && anybodysContentType(request, parts.mode)
  const early = anybodys ? await readBody(request, BODY_LIMIT) : undefined
  const { apollo, engine, whole: wholes, supergraph } = parts.graph.now
  const whole = early && wholes?.find(wholeKeyOf(anybodys, early))
  if (whole) {
    parts.usage?.count(whole, engine.schema, clientOf(request))
    return sendWhole(whole, response, ['x-request-id', requestId, 'x-supergraph', supergraph.version, 'vary', VARY])
  }
  response.setHeader('x-request-id', requestId)
  response.setHeader('x-supergraph', supergraph.version)
  // Until it is known to be otherwise, every answer may be somebody's own.
  response.setHeader('cache-control', 'no-store')
  response.setHeader('vary', VARY)
  const context = await identify(parts, request, requestId)
  response.on('close', () => context.cancellation.cancel())
  if (early === null) return void refuseLarge(response, BODY_LIMIT)
  const body = early ?? (await receiveBody(request, response, BODY_LIMIT))
  if (body === null) return
  const plain = readPlainRequest(request, body)
  const operation = plain && engine.find(plain.document, plain.operationName)
  const coerced = operation?.coerce(plain?.variables ?? {})
  if (!plain || !operation || !coerced || 'errors' in coerced)
    return answerThroughApollo(apollo, request, response, body, context)
  parts.usage?.count(plain, engine.schema, context.client)
  const answer = await run(operation, plain, coerced.values, context, response)
  if (anybodys && answer && !context.isExplained)
    wholes?.keep(wholeKeyOf(anybodys, body), answer, context.freshness, ageOf(context))
}

/** The content type of the answer to a request that anybody can have sent; undefined for one that is somebody's. */
function anybodysContentType(request: IncomingMessage, mode: Mode): string | undefined {
  const { authorization, 'content-encoding': encoding, 'x-cache-explain': explain } = request.headers
  const isAnybodys = authorization === undefined && encoding === undefined && explain === undefined
  if (mode === 'development' && routedSubgraphs(request, mode)) return undefined
  return isAnybodys && isJson(request) ? plainContentType(request) : undefined
}

const wholeKeyOf = (contentType: string | undefined | null, body: string) => `${contentType}\n${body}`

const ageOf = ({ deadline }: GatewayContext) => performance.now() - (deadline - LONGEST_OPERATION)

/** @param headers names and values in turns, since setting one by one costs more than all else here */
function sendWhole(
  { body, contentType, cacheControl }: WholeAnswer,
  response: ServerResponse,
  headers: string[],
): void {
  headers.push('cache-control', cacheControl, 'x-cache', 'HIT')
  headers.push('content-type', contentType, 'content-length', String(body.length))
  response.writeHead(200, headers)
  // In one piece with its head, if it is short.
  response.end(body.length > LONG ? body : body.toString('latin1'), 'latin1')
}

async function identify(
  { authenticate, trustedProxies, mode }: GraphQLParts,
  request: IncomingMessage,
  requestId: string,
): Promise<GatewayContext> {
  const { authorization } = request.headers
  return {
    purpose: 'answer',
    viewer: authorization === undefined ? null : await authenticate(authorization),
    requestId,
    clientAddress: clientAddressOf(request, trustedProxies),
    client: clientOf(request),
    userAgent: request.headers['user-agent'],
    routed: routedSubgraphs(request, mode),
    isExplained: mode === 'development' && request.headers['x-cache-explain'] !== undefined,
    cancellation: new Cancellation(),
    freshness: new Freshness(),
    deadline: performance.now() + LONGEST_OPERATION,
  }
}

async function run(
  operation: CompiledOperation,
  { document, operationName, variables, contentType }: PlainRequest,
  values: Record<string, unknown>,
  context: GatewayContext,
  response: ServerResponse,
): Promise<WholeAnswer | null> {
  const outcome = await operation.run(variables, values, context)
  const { status, body } = answerOf(outcome, operation, context)
  const { summary, stories } = context.freshness
  const cacheControl = context.freshness.headerFor(context.viewer !== null)
  // A long text is encoded once; a short one goes out with its head in one piece.
  const bytes = body.length > LONG ? Buffer.from(body) : body
  response.setHeader('cache-control', cacheControl)
  if (stories.length > 0) response.setHeader('x-cache', summary)
  response.writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(bytes) })
  response.end(bytes)
  return status === 200 && cacheControl.startsWith('public')
    ? { body: Buffer.from(bytes), contentType, cacheControl, document, operationName }
    : null
}
