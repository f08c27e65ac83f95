import { instant, type SortOrder, type SortType } from '../../platform/postgres/keyset.ts'
import type { TodoOrder } from './generated.ts'

const priority: SortType = {
  sql: 'todo_priority',
  accepts: (text) => ['LOW', 'NORMAL', 'HIGH', 'URGENT'].includes(text),
}

/** How a list is sorted in SQL. Todos without a due date come last in either direction. */
export function sortOrderOf({ field, direction }: TodoOrder): SortOrder {
  const name = `${field} ${direction}`
  if (field === 'PRIORITY') return { name, expression: 'priority', type: priority, direction }
  if (field === 'CREATED_AT') return { name, expression: 'created_at', type: instant, direction }
  const last = direction === 'ASC' ? 'infinity' : '-infinity'
  return { name, expression: `coalesce(due_at, timestamptz '${last}')`, type: instant, direction }
}
