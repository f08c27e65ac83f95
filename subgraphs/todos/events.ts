import { recordEvents } from '../../platform/events/outbox-store.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import type { TodoRow } from './store.ts'

export type TodoEventType = 'todo.created' | 'todo.updated' | 'todo.completed' | 'todo.reopened' | 'todo.deleted'

/** Tells the others what happened to todos, in the transaction of the change; a deletion is a version of its own. */
export async function recordTodoEvents(
  queries: Transaction,
  type: TodoEventType,
  todos: Pick<TodoRow, 'id' | 'ownerId' | 'version'>[],
): Promise<void> {
  const step = type === 'todo.deleted' ? 1 : 0
  await recordEvents(
    queries,
    todos.map(({ id, ownerId, version }) => ({
      type,
      aggregateId: id,
      version: version + step,
      payload: { todoId: id, ownerId },
    })),
  )
}
