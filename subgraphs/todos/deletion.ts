import type { UserId } from '../../platform/ids.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { recordTodoEvents } from './events.ts'
import { deleteTodos } from './store.ts'

/** Todos that are deleted at once: an owner may have more than memory, or one statement, has room for. */
const AT_ONCE = 1_000

/** Deletes an owner's completed todos, or all of them, and tells of each; gives how many there were. */
export async function deleteAndTell(queries: Transaction, owner: UserId, which: 'completed' | 'all'): Promise<number> {
  for (let count = 0; ;) {
    const deleted = await deleteTodos(queries, owner, which, AT_ONCE)
    await recordTodoEvents(queries, 'todo.deleted', deleted)
    count += deleted.length
    if (deleted.length < AT_ONCE) return count
  }
}
