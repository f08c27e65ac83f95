import { AsyncLocalStorage } from 'node:async_hooks'
import { Kind, type GraphQLError } from 'graphql'
import { ForbiddenError } from '../graphql/errors.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { Queries } from '../postgres/database.ts'
import { log } from '../process/log.ts'
import { addToTrail, type Act, type RequestOrigin } from './audit-store.ts'

/** A request to a subgraph, and the mutation of it that is being done. */
interface Doing extends RequestOrigin {
  viewer: Viewer | null
  act: Act | null
}

const current = new AsyncLocalStorage<Doing>()

/** Answers a request; what an administrator changes in it is told to the trail. */
export function auditing<Result>(
  { viewer, clientAddress, requestId }: RequestOrigin & { viewer: Viewer | null },
  answer: () => Result,
): Result {
  return current.run({ viewer, clientAddress, requestId, act: null }, answer)
}

/** Says that a mutation of the request begins for which no role is needed; they are done one after the other. */
export function forgetMutation(): void {
  const doing = current.getStore()
  if (doing) doing.act = null
}

/** Says that a mutation begins that an administrator does by the right of the role. */
export function noteMutation(action: string, args: Record<string, unknown>): void {
  const doing = current.getStore()
  if (doing?.viewer?.role !== 'ADMIN') return
  doing.act = { action, outcome: 'done', actor: doing.viewer, subject: subjectOf(args) }
}

/** Tells the trail, within a transaction that changed something, which administrator did it; nothing where none did. */
export async function tellRoleUse(queries: Queries): Promise<void> {
  const doing = current.getStore()
  if (doing?.act) await addToTrail(queries, doing, [doing.act])
}

/** Tells the trail what a signed-in viewer was refused; strangers are refused too often to be told of. */
export async function tellRefusals(queries: Queries, errors: readonly GraphQLError[]): Promise<void> {
  const doing = current.getStore()
  // By its name, and not by the alias that the client gave it.
  const refused = errors.flatMap(({ originalError, nodes: [node] = [] }) =>
    originalError instanceof ForbiddenError && node?.kind === Kind.FIELD ? [node.name.value] : [],
  )
  const actor = doing?.viewer
  if (!actor || refused.length === 0) return
  const acts = refused.map((action): Act => ({ action, outcome: 'refused', actor }))
  await addToTrail(queries, doing, acts).catch((error: unknown) =>
    log.error({ err: error, requestId: doing.requestId }, 'a refusal could not be told to the audit trail'),
  )
}

/** What a mutation is about: its input names it as `id`, or as the id of something. */
function subjectOf({ input }: Record<string, unknown>): string | undefined {
  if (typeof input !== 'object' || input === null) return undefined
  return Object.entries(input).find(([name, value]) => /^id$|Id$/.test(name) && typeof value === 'string')?.[1]
}
