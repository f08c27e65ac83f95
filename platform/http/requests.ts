import type { IncomingMessage, ServerResponse } from 'node:http'
import type { GraphQLFormattedError } from 'graphql'
import type { RefusedError } from '../graphql/errors.ts'
import { formatError } from '../graphql/formatting.ts'

/** The path of a request, without its query. */
export function pathOf(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

/** The query of a request with its '?', or ''. */
export function searchOf(request: IncomingMessage): string {
  const url = request.url ?? '/'
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start)
}

/** One value of a request header; undefined when it was not sent. */
export function headerOf(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}

export function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' })
  response.end(JSON.stringify(body))
}

export function sendPage(response: ServerResponse, html: string): void {
  response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
  response.end(html)
}

/** An answer in the shape of GraphQL, and of the type that the client prefers, for what never became an operation. */
export function sendGraphQLError(response: ServerResponse, status: number, code: string, message: string): void {
  sendErrors(response, status, [{ message, extensions: { code } }])
}

/** The same, of errors as clients see them. */
export function sendErrors(response: ServerResponse, status: number, errors: GraphQLFormattedError[]): void {
  const isNew = response.req.headers.accept?.includes('application/graphql-response+json')
  const type = isNew ? 'application/graphql-response+json' : 'application/json'
  const body = `${JSON.stringify({ errors })}\n`
  const length = Buffer.byteLength(body)
  response.writeHead(status, {
    'content-type': `${type}; charset=utf-8`,
    'content-length': length,
    'cache-control': 'no-store',
  })
  response.end(body)
}

/** Answers a request that is refused as a whole. */
export function sendRefusal(response: ServerResponse, error: RefusedError): void {
  for (const [name, value] of error.headers) response.setHeader(name, value)
  sendErrors(response, error.status, [formatError(error.toJSON())])
}

/** What a body that is too large may still send before its connection is cut, in bytes. */
const DISCARDED = 32_000_000

/**
 * The body of a request as text; null when it is larger than `limit` bytes. What is too much is read and thrown away,
 * since most clients read no answer before they have sent all.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<string | null> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    // By events: a loop over the stream costs as much as all else that a kept answer needs.
    request.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= limit) chunks.push(chunk)
      if (size <= limit + DISCARDED) return
      resolve(null)
      request.destroy()
    })
    request.on('end', () => {
      const [only, ...others] = chunks
      const body = only && others.length === 0 ? only : Buffer.concat(chunks)
      resolve(size > limit ? null : body.toString('utf8'))
    })
    request.on('error', reject)
  })
}
