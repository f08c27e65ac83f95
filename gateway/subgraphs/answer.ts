import type { GraphQLFormattedError } from 'graphql'
import { isObject, parseJson } from '../../platform/json.ts'
import { copyData } from '../engine/copy.ts'
import type { SubgraphAnswer } from './subgraph-executor.ts'

/**
 * Reads what a subgraph sent.
 * @throws Error when it is no answer to an operation.
 */
export function readAnswer(text: string): SubgraphAnswer {
  const answer = answerIn(parseJson(text))
  if (!answer) throw new Error(`the subgraph answered what is no GraphQL, ${text.length} characters`)
  return answer
}

function answerIn(parsed: unknown): SubgraphAnswer | null {
  if (!isObject(parsed)) return null
  const { data, errors } = parsed
  const isData = data === undefined || data === null || isObject(data)
  if (!isData || (data === undefined && errors === undefined)) return null
  if (errors === undefined || errors === null) return { data }
  if (!Array.isArray(errors)) return null
  const read = errors.map(readError)
  return read.includes(null) ? null : { data, errors: read.filter((error) => error !== null) }
}

/** The same answer with data that may be changed; nobody changes errors. */
export function copyAnswer({ data, ...rest }: SubgraphAnswer): SubgraphAnswer {
  return { ...rest, data: data && copyData(data) }
}

function readError(error: unknown): GraphQLFormattedError | null {
  if (!isObject(error) || typeof error.message !== 'string') return null
  const { message, path, extensions } = error
  const isPath = Array.isArray(path) && path.every((key) => typeof key === 'string' || typeof key === 'number')
  return { message, ...(isPath && { path }), ...(isObject(extensions) && { extensions }) }
}
