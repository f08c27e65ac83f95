import type { IncomingMessage, ServerResponse } from 'node:http'
import { CodedError, RefusedError } from '../platform/graphql/errors.ts'
import { formatError } from '../platform/graphql/formatting.ts'
import { pathOf, sendErrors, sendGraphQLError, sendJson, sendPage } from '../platform/http/requests.ts'
import type { Handler } from '../platform/http/server.ts'
import type { CacheCounters } from './cache/counters.ts'
import { exploreSubgraph } from './pages/explore-subgraph.ts'
import { graphiqlPage, sandboxPage } from './pages/pages.ts'
import type { Explorer } from './pages/subgraph-explorer.ts'
import { answerGraphQL, type GraphQLParts } from './request/answer-graphql.ts'
import { statusOf } from './request/refusals.ts'
import { setSecurityHeaders } from './security-headers.ts'

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
    if (client)
      return answering(response, () =>
        exploreSubgraph(client, { explorers: parts.explorers, bodyBytes: parts.limits.bodyBytes }, request, response),
      )
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
