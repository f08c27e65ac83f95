import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { isJson } from '../../platform/graphql/http-graphql.ts'
import { headerOf, readBody, sendGraphQLError, sendJson, sendPage } from '../../platform/http/requests.ts'
import { parseJson } from '../../platform/json.ts'
import { createContext } from '../context.ts'
import { LONGEST_OPERATION } from '../request/answer-graphql.ts'
import { clientOf } from '../request/client-of.ts'
import { isFromThisMachine } from '../request/this-machine.ts'
import { bodyOf } from '../subgraphs/subgraph-executor.ts'
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts'
import { EXPLORE_AS_HEADER, subgraphPage, type Explorer } from './subgraph-explorer.ts'

/**
 * Lets a developer speak to one subgraph by itself as a demo account. Served under `npm start` alone, and only to
 * pages of this machine: the Host is checked, so that no other site's name can stand for it.
 */
export async function exploreSubgraph(
  client: SubgraphClient,
  { explorers, bodyBytes }: { explorers: Explorer[]; bodyBytes: number },
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isFromThisMachine(request))
    return sendGraphQLError(response, 403, 'FORBIDDEN', 'Subgraphs can be explored from this machine alone.')
  if (request.method === 'GET') {
    response.removeHeader('content-security-policy')
    return sendPage(response, await subgraphPage(client.name, explorers))
  }
  const body = isJson(request.headers) ? readOperation(await readBody(request, bodyBytes)) : null
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
