import type { IncomingMessage, ServerResponse } from 'node:http'
import { setSecurityHeaders } from '../security-headers.ts'

/** How long a browser may remember what it was allowed, in seconds. */
const REMEMBERED = 600
const REQUEST_HEADERS =
  'authorization, content-type, apollo-require-preflight, x-apollo-operation-name, apollographql-client-name, apollographql-client-version, x-cost'
/** What pages may read besides: what to name in a report, when to try again, and what is left to spend. */
const ANSWER_HEADERS = 'x-request-id, retry-after, ratelimit, ratelimit-policy'

/**
 * Lets web pages of the listed origins use the API; others may not even ask.
 * @returns whether the request was a browser's question alone, which is answered with this.
 */
export function allowOrigin(request: IncomingMessage, response: ServerResponse, origins: string[]): boolean {
  const { origin } = request.headers
  if (origins.length > 0) response.setHeader('vary', 'Origin')
  if (origin && origins.includes(origin)) {
    response.setHeader('access-control-allow-origin', origin)
    response.setHeader('access-control-expose-headers', ANSWER_HEADERS)
  }
  if (request.method !== 'OPTIONS') return false
  setSecurityHeaders(response)
  response.setHeader('allow', 'GET, POST, OPTIONS')
  if (origin && origins.includes(origin)) {
    response.setHeader('access-control-allow-methods', 'GET, POST')
    response.setHeader('access-control-allow-headers', REQUEST_HEADERS)
    response.setHeader('access-control-max-age', String(REMEMBERED))
  }
  response.writeHead(204).end()
  return true
}
