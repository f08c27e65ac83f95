import type { IncomingMessage } from 'node:http'
import { RefusedError } from '../../platform/graphql/errors.ts'
import { searchOf } from '../../platform/http/requests.ts'
import { documentIn } from './plain-request.ts'

/** Levels of lists and objects in each other: what goes through values calls itself for each. */
const MOST_LEVELS = 500
/**
 * Lines of a document: each error finds out in which one it is, and looks through all before that. As many tokens as are
 * allowed stand on fewer.
 */
const MOST_LINES = 5_000

/** Whether a text of JSON has more levels than any request needs. */
export function isNestedDeeply(text: string): boolean {
  if (text.length <= 2 * MOST_LEVELS) return false
  let levels = 0
  for (let at = 0; at < text.length; at++) {
    const letter = text[at]
    if (letter === '"') at = endOfString(text, at)
    else if (letter === '[' || letter === '{') levels++
    else if (letter === ']' || letter === '}') levels--
    if (levels > MOST_LEVELS) return true
  }
  return false
}

/** Where a string of JSON ends that begins at a place; one that does not end, ends with the text. */
function endOfString(text: string, begin: number): number {
  for (let at = begin + 1; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === '"') return at
  }
  return text.length
}

/** The body of a request. */
export interface Body {
  text: string
  /** It as JSON; undefined where it is none. */
  parsed: unknown
  /** Whether it has more levels than any request needs. */
  isDeep: boolean
}

/**
 * Looks whether a request can be worked on without much work, before Apollo Server does.
 * @throws RefusedError that says what is wrong with it.
 */
export function requireReadable(request: IncomingMessage, { text, parsed, isDeep }: Body): void {
  const hasNone = text === '' && request.method === 'GET'
  if (parsed === undefined && !hasNone) throw refused('The request body is not valid JSON.')
  if (Array.isArray(parsed)) throw refused('Operation batching disabled.')
  const inAddress = new URLSearchParams(searchOf(request))
  if (isDeep || ['variables', 'extensions'].some((name) => isNestedDeeply(inAddress.get(name) ?? '')))
    throw refused(`Values may be nested in ${MOST_LEVELS} levels at most.`)
  if (hasManyLines(documentIn(parsed))) throw refused(`A document may have ${MOST_LINES} lines at most.`)
}

const refused = (message: string) => new RefusedError('BAD_REQUEST', message, { status: 400 })

function hasManyLines(document: string): boolean {
  return document.length > MOST_LINES && (document.match(/\r\n|[\n\r]/g)?.length ?? 0) > MOST_LINES
}
