import { CodedError, RefusedError } from '../../platform/graphql/errors.ts'
import type { GatewayContext } from '../context.ts'
import { PAID, pointsOf } from '../limits/points.ts'
import { pushRateHeaders, type Toll } from '../limits/toll.ts'
import { clientAddressOf } from './client-address.ts'
import { clientOf } from './client-of.ts'
import type { Exchange } from './exchange.ts'
import { logRequest } from './request-log.ts'

const STATUSES: Record<string, number> = { UNAUTHENTICATED: 401, BAD_USER_INPUT: 400 }

/** The HTTP status of a request that was refused as a whole. */
export function statusOf(error: CodedError): number {
  return error instanceof RefusedError ? error.status : (STATUSES[String(error.extensions.code)] ?? 503)
}

/** What it costs to be refused before anything of a request is looked at, in points. */
const FINE = 1

/**
 * Tells the log of a request that was refused as a whole, and its client what is left. One that is
 * the client's mistake costs a point, and is told of while there is something left to pay with: nobody can fill the log.
 */
export function noteRefusal(
  error: unknown,
  { operationName, context, request, requestId, head, began, bodyLength }: Exchange,
  { toll, trustedProxies }: { toll: Toll; trustedProxies: number },
): void {
  if (!(error instanceof CodedError)) return
  const { code } = error.extensions
  const status = statusOf(error)
  const asker = context ?? {
    requestId,
    viewer: null,
    client: clientOf(request),
    clientAddress: clientAddressOf(request, trustedProxies),
    began,
  }
  const isFined = status < 500 && !PAID.has(code)
  // What keeps the gateway from finding out who asks is told where it happens, and not for each who does.
  const isTold = isFined ? toll.left(asker).isGranted : context !== null
  if (isFined) toll.fine(asker, FINE + pointsOf(bodyLength))
  pushRateHeaders(head, toll.left(asker))
  if (isTold) logRequest({ operationName, status, codes: [code] }, asker)
}

/**
 * Fines a request that Apollo Server refused before it told any plugin of it, such as one without a document: it had
 * been parsed by then; and tells the log. What is left it tells with the next answer, since this one is sent.
 */
export function noteUntold({ response }: Exchange, context: GatewayContext, toll: Toll): void {
  if (response.statusCode < 400 || context.account.isNoted) return
  toll.fine(context)
  logRequest({ operationName: undefined, status: response.statusCode, codes: ['BAD_REQUEST'] }, context)
}
