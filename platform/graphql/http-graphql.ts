import type { IncomingMessage, ServerResponse } from 'node:http'
import { HeaderMap, type ApolloServer, type BaseContext, type HTTPGraphQLResponse } from '@apollo/server'
import { parseJson } from '../json.ts'
import { readBody, searchOf, sendGraphQLError } from '../http/requests.ts'

/** The largest request body, in bytes. */
export const BODY_LIMIT = 100_000

/** Hands a request of node:http to an Apollo Server, and its answer back. */
export async function serveGraphQL<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
  context: Context,
  bodyLimit = BODY_LIMIT,
): Promise<void> {
  const body = await receiveBody(request, response, bodyLimit)
  if (body !== null) await answerThroughApollo(server, request, response, body, context)
}

/** Reads the body of a GraphQL request; null when the request was refused, and answered with that. */
export async function receiveBody(
  request: IncomingMessage,
  response: ServerResponse,
  limit: number,
): Promise<string | null> {
  const refusal = refusalOf(request)
  if (refusal) return refuse(response, refusal)
  const text = await readBody(request, limit)
  return text ?? refuseLarge(response, limit)
}

/** Lets Apollo Server answer a request whose body was read. */
export async function answerThroughApollo<Context extends BaseContext>(
  server: ApolloServer<Context>,
  request: IncomingMessage,
  response: ServerResponse,
  text: string,
  context: Context,
): Promise<void> {
  const body = parseBody(request, text)
  if (body === MALFORMED) return sendGraphQLError(response, 400, 'BAD_REQUEST', 'The request body is not valid JSON.')
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

const MALFORMED = Symbol('a body that is no JSON')

/** Whether a body is declared to be JSON in UTF-8, which is the only charset that JSON has. */
export function isJson(request: IncomingMessage): boolean {
  return /^application\/json *(; *charset="?utf-8"? *)?$/i.test(request.headers['content-type'] ?? '')
}

interface Refusal {
  status: number
  message: string
}

/** What is wrong with a request before its body is read; see https://graphql.github.io/graphql-over-http/ */
function refusalOf(request: IncomingMessage): Refusal | null {
  const { method, headers } = request
  if (method !== 'GET' && method !== 'POST') return { status: 405, message: 'Send operations by POST or GET.' }
  if ((headers['content-encoding'] ?? 'identity') !== 'identity')
    return { status: 415, message: 'Send the body as it is, without a content-encoding.' }
  if (method === 'POST' && !isJson(request))
    return { status: 415, message: "Send JSON in UTF-8, with the header 'content-type: application/json'." }
  return null
}

function refuse(response: ServerResponse, { status, message }: Refusal): null {
  if (status === 405) response.setHeader('allow', 'GET, POST')
  // The body is not read, so the connection cannot be used again.
  response.setHeader('connection', 'close')
  sendGraphQLError(response, status, 'BAD_REQUEST', message)
  return null
}

function parseBody(request: IncomingMessage, text: string): unknown {
  if (text === '' && request.method === 'GET') return undefined
  const body = parseJson(text)
  return body === undefined ? MALFORMED : body
}

/** Refuses a body that is larger than `limit` bytes. */
/** Refuses a body that is larger than `limit` bytes. */
export function refuseLarge(response: ServerResponse, limit: number): null {
  // What is still coming of the body is not read, so the connection cannot be used again.
  response.setHeader('connection', 'close')
  sendGraphQLError(response, 413, 'PAYLOAD_TOO_LARGE', `The request body is larger than ${limit / 1_000} kB.`)
  return null
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
