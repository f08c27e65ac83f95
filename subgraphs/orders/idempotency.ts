import { createHash } from 'node:crypto'
import type { z } from 'zod'
import { uuidOf, type UserId } from '../../platform/ids.ts'
import type { Database, Transaction } from '../../platform/postgres/database.ts'
import { claimKey, readAnswer, releaseKey, saveAnswer } from './idempotency-store.ts'

/** A request that must have its effect once. */
export interface IdempotentRequest<Answer> {
  user: UserId
  operation: string
  key: string
  /** All that the request asks for: the same key with another input is refused. */
  input: unknown
  /** What answers look like when they are read back. */
  answers: z.ZodType<Answer>
  /** Whether an answer may be another one soon, and is not kept; all are kept if left out. */
  isPassing?: (answer: Answer) => boolean
}

export type Outcome<Answer> = { isReused: true } | { isReused: false; isRepeat: boolean; answer: Answer }

/**
 * Does `work` once for a key and remembers its answer, refusals included, in the same transaction: a repeat gets the
 * first answer, also when that was lost on the way. Of two at once, one waits for the other's answer.
 * See https://docs.stripe.com/api/idempotent_requests
 */
export async function once<Answer>(
  database: Database,
  request: IdempotentRequest<Answer>,
  work: (queries: Transaction) => Promise<Answer>,
): Promise<Outcome<Answer>> {
  const hash = createHash('sha256').update(JSON.stringify(request.input)).digest()
  const name = { user: uuidOf(request.user), operation: request.operation, key: request.key }
  return database.transaction(async (queries) => {
    if (!(await claimKey(queries, name, hash))) {
      const first = await readAnswer(queries, name)
      if (!first.hash.equals(hash)) return { isReused: true }
      return { isReused: false, isRepeat: true, answer: request.answers.parse(first.answer) }
    }
    const answer = await work(queries)
    if (request.isPassing?.(answer)) await releaseKey(queries, name)
    else await saveAnswer(queries, name, answer)
    return { isReused: false, isRepeat: false, answer }
  })
}
