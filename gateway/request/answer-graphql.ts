import type { IncomingMessage, ServerResponse } from 'node:http'
import { OperationTypeNode } from 'graphql'
import type { FormatError } from '../../platform/graphql/formatting.ts'
import { answerThroughApollo, isJson, receiveBody } from '../../platform/graphql/http-graphql.ts'
import { parseJson } from '../../platform/json.ts'
import type { Mode } from '../../platform/process/common-settings.ts'
import type { WholeAnswer } from '../cache/whole-answers.ts'
import { createContext, type GatewayContext } from '../context.ts'
import type { CompiledOperation } from '../engine/compiled-operation.ts'
import type { CurrentGraph } from '../current-graph.ts'
import type { Authenticate } from '../identity/authenticate.ts'
import type { Limits } from '../limits/limit-settings.ts'
import { pushRateHeaders, type Toll } from '../limits/toll.ts'
import type { LoadShedder } from '../overload/load-shedder.ts'
import type { UsageRecorder } from '../usage/usage-recorder.ts'
import type { Admission } from '../safelist/admission.ts'
import type { PersistedDocuments } from '../safelist/persisted-documents.ts'
import { clientAddressOf } from './client-address.ts'
import { clientOf } from './client-of.ts'
import { allowOrigin } from './cors.ts'
import { openExchange, setHeaders, type Exchange } from './exchange.ts'
import { answerOf } from './outcome-answer.ts'
import { isNestedDeeply, requireReadable, type Body } from './readable.ts'
import { noteRefusal, noteUntold } from './refusals.ts'
import { logRequest } from './request-log.ts'
import { routedSubgraphs } from './routed.ts'
import { documentIn, plainContentType, readPlainRequest, type PlainRequest } from './plain-request.ts'

/** What an operation may take, in ms: more than one fetch of it, and less than clients wait. */
export const LONGEST_OPERATION = 10_000

/** From this length on, in characters, encoding a text costs more than a second piece on the wire. */
const LONG = 32_000

/** What requests are answered with. */
export interface GraphQLParts {
  graph: CurrentGraph
  authenticate: Authenticate
  mode: Mode
  /** Counts what is asked for; null where nobody wants to know. */
  usage: UsageRecorder | null
  limits: Limits
  /** What becomes of operations that no client was released with; null where all are admitted. */
  admission: Admission | null
  persisted: PersistedDocuments
  /** Makes operations pay. */
  toll: Toll
  /** Refuses requests while there is too much to do. */
  load: LoadShedder
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
  if (allowOrigin(request, response, parts.corsOrigins)) return
  const exchange = openExchange(request, response, parts.graph.now.supergraph.version)
  try {
    await answerWith(parts, exchange)
  } catch (error) {
    noteRefusal(error, exchange, parts)
    setHeaders(exchange)
    throw error
  }
}

async function answerWith(parts: GraphQLParts, exchange: Exchange): Promise<void> {
  const { request, response, head } = exchange
  const { bodyBytes } = parts.limits
  const sharedType = parts.graph.now.whole && sharedContentType(request, parts.mode)
  const early = sharedType ? await receiveBody(request, bodyBytes) : undefined
  exchange.bodyLength = early?.length ?? 0
  const { engine, whole: wholes } = parts.graph.now
  const whole = early && wholes?.find(wholeKeyOf(sharedType, early))
  if (whole) return sendWhole(whole, parts, exchange)
  if (!parts.load.isOpen) return parts.load.refuse(response, head)
  const text = early ?? (await receiveBody(request, bodyBytes))
  exchange.bodyLength = text.length
  const body: Body = { text, parsed: parseJson(text), isDeep: isNestedDeeply(text) }
  const plain = body.isDeep ? null : readPlainRequest(request, body.parsed, parts.persisted)
  const operation = plain && engine.find(plain.document, plain.operationName)
  exchange.operationName = operation?.name
  if (!parts.load.admits(operation?.kind ?? likelyKind(plain?.document ?? documentIn(body.parsed)), operation))
    return parts.load.refuse(response, head)
  const leave = parts.load.begin(operation)
  try {
    const context = await identify(parts, exchange)
    // Who went away meanwhile is told of no more.
    if (response.destroyed) return
    response.on('close', () => context.cancellation.cancel())
    const answer = await answerAdmitted({ plain, operation, body }, parts, context, exchange)
    if (sharedType && answer && !context.isExplained)
      wholes?.keep(wholeKeyOf(sharedType, text), answer, context.freshness, ageOf(context))
  } finally {
    leave()
  }
}

/** What an operation that was not seen before seems to be, without reading it. */
function likelyKind(document: string): OperationTypeNode {
  return MUTATION.test(document) ? OperationTypeNode.MUTATION : OperationTypeNode.QUERY
}

/** A document that begins with a mutation, after commas, spaces, and comments, each of which ends with its line. */
const MUTATION = /^(?:[\s,\uFEFF]|#[^\n\r]*[\n\r])*mutation\b/

/** A request that was let in; its operation is known if it was admitted before. */
interface Admitted {
  plain: PlainRequest | null
  operation: CompiledOperation | null | undefined
  body: Body
}

/** Characters of a body that takes a while to look through. */
const LARGE_BODY = 5_000

/** Runs an operation, or lets Apollo Server do so; gives the answer, if it may be kept as a whole. */
async function answerAdmitted(
  { plain, operation, body }: Admitted,
  { graph, toll, usage, admission }: GraphQLParts,
  context: GatewayContext,
  exchange: Exchange,
): Promise<WholeAnswer | null> {
  const { apollo, engine, formatError } = graph.now
  // To look through much is work: for whoever has nothing left it is not begun.
  if (exchange.bodyLength > LARGE_BODY) toll.requireSome(context)
  const coerced = operation?.coerce(plain?.variables ?? {})
  if (!plain || !operation || !coerced || 'errors' in coerced) {
    toll.requireSome(context)
    requireReadable(exchange.request, body)
    setHeaders(exchange)
    await answerThroughApollo(apollo, exchange.request, exchange.response, body.parsed, context)
    noteUntold(exchange, context, toll)
    return null
  }
  usage?.count({ document: plain.document, operationName: operation.name }, engine.schema, context.client)
  admission?.note(plain.document, operation.name, context)
  return run({ operation, plain, values: coerced.values }, context, exchange, formatError)
}

/** The content type of the answer to a request that anybody can have sent; undefined for one that is somebody's. */
function sharedContentType(request: IncomingMessage, mode: Mode): string | undefined {
  const { authorization, 'content-encoding': encoding, 'x-cache-explain': explain, 'x-cost': cost } = request.headers
  const isShared = authorization === undefined && encoding === undefined && (explain ?? cost) === undefined
  if (mode === 'development' && routedSubgraphs(request, mode)) return undefined
  return isShared && isJson(request.headers) ? plainContentType(request) : undefined
}

const wholeKeyOf = (contentType: string | undefined | null, body: string) => `${contentType}\n${body}`

const ageOf = ({ began }: GatewayContext) => performance.now() - began

function sendWhole(
  whole: WholeAnswer,
  { toll, usage, trustedProxies, graph, admission }: GraphQLParts,
  { request, response, requestId, head, began, bodyLength }: Exchange,
): void {
  const { body, contentType, cacheControl, cost, document, operationName } = whole
  const [client, clientAddress] = [clientOf(request), clientAddressOf(request, trustedProxies)]
  const bill = toll.bill(cost, { viewer: null, clientAddress }, bodyLength)
  usage?.count(whole, graph.now.engine.schema, client)
  admission?.note(document, operationName, { requestId, client, purpose: 'answer' })
  pushRateHeaders(head, bill.allowance)
  head.push('x-cache', 'HIT', 'cache-control', cacheControl)
  head.push('content-type', contentType, 'content-length', String(body.length))
  response.writeHead(200, head)
  // In one piece with its head, if it is short.
  response.end(body.length > LONG ? body : body.toString('latin1'), 'latin1')
  logRequest({ operationName, status: 200, codes: [] }, { requestId, viewer: null, client, clientAddress, began })
}

async function identify(
  { authenticate, trustedProxies, mode }: GraphQLParts,
  exchange: Exchange,
): Promise<GatewayContext> {
  const { request, requestId, began } = exchange
  const { authorization } = request.headers
  // From when the body is there: a slow upload is the client's own time.
  const deadline = performance.now() + LONGEST_OPERATION
  const context = createContext({
    viewer: authorization === undefined ? null : await authenticate(authorization),
    requestId,
    clientAddress: clientAddressOf(request, trustedProxies),
    client: clientOf(request),
    userAgent: request.headers['user-agent'],
    routed: routedSubgraphs(request, mode),
    isExplained: mode === 'development' && request.headers['x-cache-explain'] !== undefined,
    isPriced: request.headers['x-cost'] !== undefined,
    bodyLength: exchange.bodyLength,
    began,
    deadline,
  })
  exchange.context = context
  return context
}

/** An operation that can be run at once. */
interface Runnable {
  operation: CompiledOperation
  plain: PlainRequest
  /** The variables, coerced. */
  values: Record<string, unknown>
}

async function run(
  { operation, plain: { document, variables, contentType }, values }: Runnable,
  context: GatewayContext,
  { response, head }: Exchange,
  formatError: FormatError,
): Promise<WholeAnswer | null> {
  const outcome = await operation.run(variables, values, context)
  const { status, body } = answerOf(outcome, operation, context, formatError)
  const { summary, stories } = context.freshness
  const cacheControl = context.freshness.headerFor(context.viewer !== null || context.isPriced)
  const { bill } = context.account
  // A long text is encoded once; a short one goes out with its head in one piece.
  const bytes = body.length > LONG ? Buffer.from(body) : body
  if (bill) pushRateHeaders(head, bill.allowance)
  if (stories.length > 0) head.push('x-cache', summary)
  head.push('cache-control', cacheControl, 'content-type', contentType)
  head.push('content-length', String(Buffer.byteLength(bytes)))
  response.writeHead(status, head)
  response.end(bytes)
  const codes = outcome.errors.map(({ extensions }) => extensions?.code)
  logRequest({ operationName: operation.name, status, codes }, context)
  const cost = bill?.report.requested ?? 0
  return status === 200 && cacheControl.startsWith('public')
    ? { body: Buffer.from(bytes), contentType, cacheControl, document, operationName: operation.name, cost }
    : null
}
