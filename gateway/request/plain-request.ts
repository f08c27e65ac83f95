import type { IncomingMessage } from 'node:http'
import { isJson } from '../../platform/graphql/http-graphql.ts'
import { parseJson } from '../../platform/json.ts'

/** A request that says plainly what to run; anything else is left to Apollo Server. */
export interface PlainRequest {
  document: string
  operationName: string | undefined
  variables: Record<string, unknown>
  /** The type of the answer that the client wants. */
  contentType: string
}

/** The Accept headers that clients send, and the type that each gets; others are Apollo Server's to judge. */
const CONTENT_TYPES = new Map<string | undefined, string>([
  [undefined, 'application/json; charset=utf-8'],
  ['*/*', 'application/json; charset=utf-8'],
  ['application/json', 'application/json; charset=utf-8'],
  ['application/graphql-response+json', 'application/graphql-response+json; charset=utf-8'],
  ['application/graphql-response+json,application/json;q=0.9', 'application/graphql-response+json; charset=utf-8'],
])

/** Names as GraphQL has them. */
const NAME = /^[_A-Za-z]\w*$/

const KEYS = new Set(['query', 'operationName', 'variables', 'extensions'])

/** The content type of the answer to a request, where that is plain. */
export function plainContentType({ method, headers, url }: IncomingMessage): string | undefined {
  return method === 'POST' && !url?.includes('?') ? CONTENT_TYPES.get(headers.accept) : undefined
}

/** Reads a body; null when the request is not a plain one. */
export function readPlainRequest(request: IncomingMessage, body: string): PlainRequest | null {
  const contentType = plainContentType(request)
  if (!contentType || !isJson(request.headers)) return null
  const parsed = parseJson(body)
  if (!isObject(parsed)) return null
  const { query, operationName, variables, extensions } = parsed
  const isPlain =
    typeof query === 'string' &&
    isAbsent(extensions, isHarmless) &&
    isAbsent(operationName, (value) => typeof value === 'string' && NAME.test(value)) &&
    isAbsent(variables, isObject) &&
    Object.keys(parsed).every((key) => KEYS.has(key))
  if (!isPlain) return null
  return {
    document: query,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    variables: isObject(variables) ? variables : {},
    contentType,
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Extensions that change nothing; Apollo Client tells of itself in every request. */
const isHarmless = (value: unknown) => isObject(value) && Object.keys(value).every((key) => key === 'clientLibrary')

/** Whether a part of a request is left out, or as it should be. */
function isAbsent(value: unknown, isFine: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || isFine(value)
}
