import type { Consumers } from '../../platform/events/consumers.ts'
import { deleteAllOf } from './store.ts'

export const consumers: Consumers = {
  /** An account's todos go with it. */
  'user.deleted': async ({ userId }, queries) => deleteAllOf(queries, userId),
}
