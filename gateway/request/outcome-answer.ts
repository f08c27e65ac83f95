import type { OperationTypeNode } from 'graphql'
import { formatError, logUnforeseen } from '../../platform/graphql/formatting.ts'
import type { GatewayContext } from '../context.ts'
import type { Outcome } from '../engine/compiled-operation.ts'
import { isRefusedInput, logNotes } from './errors.ts'

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

/** The answer that an outcome leads to; the same as Apollo Server's would be. */
export function answerOf(outcome: Outcome, operation: Answered, context: GatewayContext): Answer {
  const { data, errors, notes } = outcome
  if (errors.length === 0) {
    if (notes.length === 0) return { status: 200, body: `{"data":${data}}\n` }
    logNotes(notes, operation.name, context)
    return { status: 200, body: `{"data":${data},"extensions":${JSON.stringify({ valueCompletion: notes })}}\n` }
  }
  logUnforeseen(errors, operation.name, context)
  const formatted = errors.map(formatError)
  const told = JSON.stringify(formatted)
  if (isRefusedInput(formatted, operation.kind, JSON.parse(data))) return { status: 400, body: `{"errors":${told}}\n` }
  return { status: 200, body: `{"errors":${told},"data":${data}}\n` }
}
