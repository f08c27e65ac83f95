import type { Consumers } from '../../platform/events/consumers.ts'
import { deleteAndTell } from './deletion.ts'

export const consumers: Consumers = {
  /** An account's todos go with it. */
  'user.deleted': async ({ userId }, queries) => void (await deleteAndTell(queries, userId, 'all')),
}
