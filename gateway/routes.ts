import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { CodedError, RefusedError } from '../platform/graphql/errors.ts'
import { formatError } from '../platform/graphql/formatting.ts'
import { isJson } from '../platform/graphql/http-graphql.ts'
import {
  headerOf,
  pathOf,
  readBody,
  sendErrors,
  sendGraphQLError,
  sendJson,
  sendPage,
} from '../platform/http/requests.ts'
import type { Handler } from '../platform/http/server.ts'
import { parseJson } from '../platform/json.ts'
import type { CacheCounters } from './cache/counters.ts'
import { graphiqlPage, sandboxPage } from './pages/pages.ts'
import { EXPLORE_AS_HEADER, subgraphPage, type Explorer } from './pages/subgraph-explorer.ts'
import { createContext } from './context.ts'
import { answerGraphQL, LONGEST_OPERATION, type GraphQLParts } from './request/answer-graphql.ts'
import { clientOf } from './request/client-of.ts'
import { statusOf } from './request/refusals.ts'
import { isFromThisMachine } from './request/this-machine.ts'
import { bodyOf } from './subgraphs/source.ts'
import { setSecurityHeaders } from './security-headers.ts'
import type { SubgraphClient } from './subgraphs/subgraph-client.ts'

export interface RouteParts extends GraphQLParts {
  counters: CacheCounters
  /** Whether pages to explore the API are served. */
  hasPages: boolean
  /** As whom subgraphs can be explored by themselves; nobody, where that is not offered. */
  explorers: Explorer[]
}

/** Answers what clients send to the gateway. */
export function createRoutes(parts: RouteParts): Handler {
  return (request, response) => {
    const path = pathOf(request)
    if (path === '/graphql' && !isPageRequest(request, parts))
      return answering(response, () => answerGraphQL(parts, request, response))
    const page = parts.hasPages && isRead(request) ? pages[path] : undefined
    if (page) return sendPageOf(page, response)
    setSecurityHeaders(response)
    if (parts.hasPages && isRead(request) && path === '/cache') return sendJson(response, 200, parts.counters.counts)
    if (parts.hasPages && isRead(request) && path === '/supergraph') return sendSupergraph(parts, response)
    const [, subgraph] = /^\/subgraphs\/([\w-]+)$/.exec(path) ?? []
    const client = subgraph && parts.explorers.length > 0 ? parts.graph.now.subgraphs.get(subgraph) : undefined
    if (client) return answering(response, () => exploreSubgraph(client, parts, request, response))
    return sendGraphQLError(response, 404, 'NOT_FOUND', 'There is nothing here. The API is at /graphql.')
  }
}

/** The supergraph with the addresses where this gateway finds subgraphs, for a gateway that shares them. */
function sendSupergraph({ graph }: RouteParts, response: ServerResponse): void {
  const { supergraph, subgraphs } = graph.now
  const sdl = supergraph.sdl.replaceAll(/(@join__graph\(name: "([^"]+)", url: )"[^"]*"/g, (text, begin, name) => {
    const url = subgraphs.get(String(name))?.url
    return url === undefined ? text : `${String(begin)}${JSON.stringify(url)}`
  })
  response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', 'cache-control': 'no-store' })
  response.end(sdl)
}

const isRead = ({ method }: IncomingMessage) => method === 'GET' || method === 'HEAD'

/** A browser that opens the API's address wants to explore it. */
function isPageRequest(request: IncomingMessage, { hasPages }: RouteParts): boolean {
  return (
    hasPages &&
    request.method === 'GET' &&
    !request.url?.includes('?') &&
    Boolean(request.headers.accept?.includes('text/html'))
  )
}

/** Pages to explore the API, by their paths. */
const pages: Record<string, () => string | Promise<string>> = {
  '/': sandboxPage,
  '/graphql': sandboxPage,
  '/graphiql': graphiqlPage,
}

async function sendPageOf(page: () => string | Promise<string>, response: ServerResponse): Promise<void> {
  sendPage(response, await page())
}

/** Tells what kept a request from becoming an operation. */
async function answering(response: ServerResponse, answer: () => Promise<void>): Promise<void> {
  try {
    await answer()
  } catch (error) {
    if (!(error instanceof CodedError) || error instanceof RefusedError) throw error
    if (error.extensions.code === 'UNAUTHENTICATED') response.setHeader('www-authenticate', 'Bearer')
    sendErrors(response, statusOf(error), [formatError(error.toJSON())])
  }
}

/**
 * Lets a developer speak to one subgraph by itself as a demo account. Served under `npm start` alone, and only to
 * pages of this machine: the Host is checked, so that no other site's name can stand for it.
 */
async function exploreSubgraph(
  client: SubgraphClient,
  { explorers, limits }: RouteParts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isFromThisMachine(request))
    return sendGraphQLError(response, 403, 'FORBIDDEN', 'Subgraphs can be explored from this machine alone.')
  if (request.method === 'GET') {
    response.removeHeader('content-security-policy')
    return sendPage(response, await subgraphPage(client.name, explorers))
  }
  const body = isJson(request.headers) ? readOperation(await readBody(request, limits.bodyBytes)) : null
  if (!body) return sendGraphQLError(response, 400, 'BAD_REQUEST', "Send a JSON object with 'query' and 'variables'.")
  const explorer = explorers.find(({ name }) => name === (headerOf(request, EXPLORE_AS_HEADER) ?? explorers[0]?.name))
  if (!explorer)
    return sendGraphQLError(
      response,
      400,
      'BAD_REQUEST',
      `${EXPLORE_AS_HEADER} must be ${explorers.map(({ name }) => name).join(' or ')}.`,
    )
  const context = createContext({
    viewer: explorer.viewer,
    requestId: randomUUID(),
    clientAddress: '127.0.0.1',
    client: clientOf(request),
    userAgent: request.headers['user-agent'],
    deadline: performance.now() + LONGEST_OPERATION,
  })
  // Whatever it is, it is sent once, and shared with nobody.
  sendJson(
    response,
    200,
    await client.run({ body: bodyOf(body.query, body.variables), kind: 'mutation', isShareable: false }, context),
  )
}

const operation = z.object({ query: z.string(), variables: z.record(z.string(), z.unknown()).nullish() })

function readOperation(text: string | null): { query: string; variables: Record<string, unknown> | undefined } | null {
  const parsed = operation.safeParse(parseJson(text ?? ''))
  return parsed.success ? { query: parsed.data.query, variables: parsed.data.variables ?? undefined } : null
}
