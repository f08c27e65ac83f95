import type { OperationTypeNode } from 'graphql'
import { logUnforeseen, type FormatError } from '../../platform/graphql/formatting.ts'
import type { GatewayContext } from '../context.ts'
import type { Outcome } from '../engine/compiled-operation.ts'
import { isRefusedInput } from './bad-input-plugin.ts'
import { firstErrors } from './few-errors-plugin.ts'
import { logNotes } from './value-completion-plugin.ts'

/** What a client gets. */
export interface Answer {
  status: number
  body: string
}

/** An operation, as far as its answer depends on it. */
interface Answered {
  kind: OperationTypeNode
  name: string | undefined
}

/** The answer that an outcome leads to; the same as Apollo Server's would be. @param formatError as it has it */
export function answerOf(
  outcome: Outcome,
  operation: Answered,
  context: GatewayContext,
  formatError: FormatError,
): Answer {
  const { data, errors, notes, extensions } = outcome
  if (errors.length === 0) {
    if (notes.length > 0) logNotes(notes, operation.name, context)
    const told = { ...extensions, ...(notes.length > 0 && { valueCompletion: notes }) }
    const tail = extensions || notes.length > 0 ? `,"extensions":${JSON.stringify(told)}` : ''
    return { status: 200, body: `{"data":${data}${tail}}\n` }
  }
  logUnforeseen(errors, operation.name, context)
  const formatted = errors.map(formatError)
  const told = JSON.stringify(firstErrors(formatted))
  if (isRefusedInput(formatted, operation.kind, JSON.parse(data))) return { status: 400, body: `{"errors":${told}}\n` }
  const tail = extensions ? `,"extensions":${JSON.stringify(extensions)}` : ''
  return { status: 200, body: `{"errors":${told},"data":${data}${tail}}\n` }
}
