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

/**
 * Looks whether a request can be read without much work, before Apollo Server does, which parses it again.
 * @param parsed the body as JSON; undefined where it is none
 * @throws RefusedError that says what is wrong with it.
 */
export function requireReadable(request: IncomingMessage, text: string, parsed: unknown): void {
  const hasNone = text === '' && request.method === 'GET'
  if (parsed === undefined && !hasNone) throw refused('The request body is not valid JSON.')
  if (Array.isArray(parsed)) throw refused('Operation batching disabled.')
  if (isNestedDeeply(text) || hasManyBrackets(searchOf(request)))
    throw refused(`Values may be nested in ${MOST_LEVELS} levels at most.`)
  if (hasManyLines(documentIn(parsed))) throw refused(`A document may have ${MOST_LINES} lines at most.`)
}

const refused = (message: string) => new RefusedError('BAD_REQUEST', message, { status: 400 })

/** Of an address, which cannot be long, it is enough to know that it cannot have too many levels. */
const hasManyBrackets = (search: string) => (search.match(/[[{]|%5b|%7b/gi)?.length ?? 0) > MOST_LEVELS

function hasManyLines(document: string): boolean {
  return document.length > MOST_LINES && (document.match(/[\n\r]/g)?.length ?? 0) > MOST_LINES
}
