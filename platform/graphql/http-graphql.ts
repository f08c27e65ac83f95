import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLResponse } from '@apollo/server'
import { parseJson } from '../json.ts'
import { readBody, searchOf } from '../http/requests.ts'
import { RefusedError, type ErrorCode } from './errors.ts'

/**
 * Hands a request of node:http to an Apollo Server, and its answer back.
 * @throws RefusedError when it cannot be one for it.
 */
export async function serveGraphQL<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  bodyLimit: number,
): Promise<void> {
  const text = await receiveBody(request, bodyLimit)
  await answerThroughApollo(server, request, response, text === '' ? undefined : parseJson(text), context)
}

/**
 * Reads the body of a GraphQL request, of at most `limit` bytes.
 * @throws RefusedError when the request is none, or its body too large.
 */
export async function receiveBody(request: IncomingMessage, limit: number): Promise<string> {
  const refusal = refusalOf(request)
  if (refusal) throw refusal
  const text = await readBody(request, limit)
  if (text === null) throw refused(413, `The request body is larger than ${limit / 1_000} kB.`, 'PAYLOAD_TOO_LARGE')
  return text
}

/** Lets Apollo Server answer a request whose body was read. @param body as JSON; undefined where there is none */
export async function answerThroughApollo<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
  body: unknown,
  context: Context,
): Promise<void> {
  const answer = await server.executeHTTPGraphQLRequest({
    httpGraphQLRequest: {
      method: request.method ?? 'GET',
      headers: headersOf(request),
      search: searchOf(request),
      body,
    },
    context: async () => context,
  })
  await send(response, answer)
}

/** Whether a body is declared to be JSON in UTF-8, which is the only charset that JSON has. */
export function isJson(headers: IncomingHttpHeaders): boolean {
  return /^application\/json *(; *charset="?utf-8"? *)?$/i.test(headers['content-type'] ?? '')
}

/** What is wrong with a request before its body is read; see https://graphql.github.io/graphql-over-http/ */
function refusalOf({ method, headers }: IncomingMessage): RefusedError | null {
  if (method !== 'GET' && method !== 'POST') return refused(405, 'Send operations by POST or GET.')
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return refused(415, 'Send the body as it is, without a content-encoding.')
  if (method === 'POST' && !isJson(headers))
    return refused(415, "Send JSON in UTF-8, with the header 'content-type: application/json'.")
  return null
}

function refused(status: number, message: string, code: ErrorCode = 'BAD_REQUEST'): RefusedError {
  const allow: [string, string][] = status === 405 ? [['allow', 'GET, POST']] : []
  // What is still coming of the body is not read, so the connection cannot be used again.
  return new RefusedError(code, message, { status, headers: [...allow, ['connection', 'close']] })
}

function headersOf(request: IncomingMessage): HeaderMap {
  const headers = new HeaderMap()
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value)
  }
  return headers
}

async function send(response: ServerResponse, { status, headers, body }: HTTPGraphQLResponse): Promise<void> {
  for (const [name, value] of headers) response.setHeader(name, value)
  response.statusCode = status ?? 200
  if (body.kind === 'complete') return void response.end(body.string)
  for await (const chunk of body.asyncIterator) response.write(chunk)
  response.end()
}
