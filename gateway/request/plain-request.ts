import type { IncomingMessage } from 'node:http'
import { isJson } from '../../platform/graphql/http-graphql.ts'
import type { PersistedDocuments } from '../safelist/persisted-documents.ts'
import { isObject } from '../../platform/json.ts'

/** A request that says plainly what to run; anything else is left to Apollo Server. */
export interface PlainRequest {
  document: string
  operationName: string | undefined
  variables: Record<string, unknown>
  /** The type of the answer that the client wants. */
  contentType: string
}

const JSON_TYPE = 'application/json; charset=utf-8'
const GRAPHQL_TYPE = 'application/graphql-response+json; charset=utf-8'

/** The Accept headers that clients send, and the type that each gets; others are Apollo Server's to judge. */
const ACCEPTED: [types: string[], type: string][] = [
  [['*/*'], JSON_TYPE],
  [['application/json'], JSON_TYPE],
  [['application/json', 'text/plain', '*/*'], JSON_TYPE],
  [['application/graphql-response+json'], GRAPHQL_TYPE],
  [['application/graphql-response+json', 'application/json'], GRAPHQL_TYPE],
  [['application/graphql-response+json', 'application/json;q=0.9'], GRAPHQL_TYPE],
  [
    [
      'application/graphql-response+json',
      'application/graphql+json',
      'application/json',
      'text/event-stream',
      'multipart/mixed',
    ],
    GRAPHQL_TYPE,
  ],
]
const CONTENT_TYPES = new Map<string | undefined, string>([
  [undefined, JSON_TYPE],
  ...ACCEPTED.flatMap(([types, type]): [string, string][] => [
    [types.join(','), type],
    [types.join(', '), type],
  ]),
])

/** Names as GraphQL has them. */
const NAME = /^[_A-Za-z]\w*$/

const KEYS = new Set(['query', 'operationName', 'variables', 'extensions'])

/** The content type of the answer to a request, where that is plain. */
export function plainContentType({ method, headers, url }: IncomingMessage): string | undefined {
  return method === 'POST' && !url?.includes('?') ? CONTENT_TYPES.get(headers.accept) : undefined
}

/**
 * Reads a body; null when the request is not a plain one, or names a document that is not known.
 * @param parsed the body as JSON; undefined where it is none
 */
export function readPlainRequest(
  request: IncomingMessage,
  parsed: unknown,
  persisted: PersistedDocuments,
): PlainRequest | null {
  const contentType = plainContentType(request)
  if (!contentType || !isJson(request.headers) || !isObject(parsed)) return null
  const { query, operationName, variables, extensions } = parsed
  const id = query === undefined ? persistedIdIn(extensions) : undefined
  const document = id === undefined ? query : persisted.find(id)
  const isPlain =
    typeof document === 'string' &&
    (id !== undefined || isAbsent(extensions, isHarmless)) &&
    isAbsent(operationName, (value) => typeof value === 'string' && NAME.test(value)) &&
    isAbsent(variables, isObject) &&
    Object.keys(parsed).every((key) => KEYS.has(key))
  if (!isPlain) return null
  return {
    document,
    operationName: typeof operationName === 'string' ? operationName : undefined,
    variables: isObject(variables) ? variables : {},
    contentType,
  }
}

/** The document of a body, however odd that is otherwise; '' where there is none. @param parsed the body as JSON */
export function documentIn(parsed: unknown): string {
  return isObject(parsed) && typeof parsed.query === 'string' ? parsed.query : ''
}

const PERSISTED_KEYS = new Set(['persistedQuery', 'clientLibrary'])

/** Extensions that change nothing; Apollo Client tells of itself in every request. */
const isHarmless = (value: unknown) => isObject(value) && Object.keys(value).every((key) => key === 'clientLibrary')

/** What stands for the document, as Apollo's clients send it (https://www.apollographql.com/docs/apollo-server/performance/apq). */
function persistedIdIn(extensions: unknown): string | undefined {
  if (!isObject(extensions) || !Object.keys(extensions).every((key) => PERSISTED_KEYS.has(key))) return undefined
  const { persistedQuery } = extensions
  if (!isObject(persistedQuery) || persistedQuery.version !== 1) return undefined
  const { sha256Hash: id } = persistedQuery
  return typeof id === 'string' ? id : undefined
}

/** Whether a part of a request is left out, or as it should be. */
function isAbsent(value: unknown, isFine: (value: unknown) => boolean): boolean {
  return value === undefined || value === null || isFine(value)
}
