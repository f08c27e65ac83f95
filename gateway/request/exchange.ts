import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GatewayContext } from '../context.ts'
import { SECURITY_HEADERS } from '../security-headers.ts'

/** A request, and what it is answered with. */
export interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  requestId: string
  /** The answer's headers, names and values in turns: to set them one by one costs more than all else here. */
  head: string[]
  /** When the request came, in ms of `performance.now()`. */
  began: number
  /** The body's length in characters, once it is read. */
  bodyLength: number
  /** The operation's name, once it is known. */
  operationName: string | undefined
  /** Null until it is known who asks. */
  context: GatewayContext | null
}

const HEAD = [...SECURITY_HEADERS.flat(), 'vary', 'Authorization, Accept, Origin']

/** @param version of the supergraph, which every answer tells */
export function openExchange(request: IncomingMessage, response: ServerResponse, version: string): Exchange {
  const requestId = randomUUID()
  const head = [...HEAD, 'x-request-id', requestId, 'x-supergraph', version]
  const began = performance.now()
  return { request, response, requestId, head, began, bodyLength: 0, operationName: undefined, context: null }
}

/** Sets the headers one by one, for answers that others write. */
export function setHeaders({ response, head }: Exchange): void {
  if (response.headersSent) return
  // Until it is known to be otherwise, an answer may be somebody's own.
  response.setHeader('cache-control', 'no-store')
  for (let at = 0; at < head.length; at += 2) response.setHeader(head[at] ?? '', head[at + 1] ?? '')
}
