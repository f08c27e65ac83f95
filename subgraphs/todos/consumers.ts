import type { Consumers } from '../../platform/events/consumers.ts'
import { recordTodoEvents } from './events.ts'
import { deleteTodos } from './store.ts'

export const consumers: Consumers = {
  /** An account's todos go with it. */
  'user.deleted': async ({ userId }, queries) => {
    await recordTodoEvents(queries, 'todo.deleted', await deleteTodos(queries, userId, 'all'))
  },
}
