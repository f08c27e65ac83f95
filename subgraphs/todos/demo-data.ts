import { demoAdmin, demoCustomer } from '../../platform/demo-accounts.ts'
import { newId, type UserId } from '../../platform/ids.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { recordTodoEvents } from './events.ts'
import { insertTodo, setCompleted, type TodoFields, type TodoRow } from './store.ts'

const DAY = 86_400_000
const inDays = (days: number) => new Date(Date.now() + days * DAY)

const forCustomer: TodoFields[] = [
  { title: 'Buy a birthday present', notes: 'Something for the kitchen, perhaps.', priority: 'HIGH', dueAt: inDays(3) },
  { title: 'Renew the passport', notes: null, priority: 'URGENT', dueAt: inDays(-2) },
  { title: 'Call grandmother', notes: 'Ask for the soup recipe.', priority: 'NORMAL', dueAt: inDays(1) },
  { title: 'Sort the photos of the holidays', notes: null, priority: 'LOW', dueAt: null },
  { title: 'Water the plants', notes: null, priority: 'NORMAL', dueAt: null },
]
const forAdmin: TodoFields[] = [{ title: 'Review the catalogue', notes: null, priority: 'NORMAL', dueAt: inDays(7) }]

/** Some todos for the demo accounts, one of them done. */
export async function writeDemoData(queries: Transaction): Promise<void> {
  for (const fields of forCustomer) await write(queries, demoCustomer.id, fields)
  for (const fields of forAdmin) await write(queries, demoAdmin.id, fields)
  const done = await write(queries, demoCustomer.id, {
    title: 'Try the supergraph',
    notes: null,
    priority: 'NORMAL',
    dueAt: null,
  })
  await recordTodoEvents(queries, 'todo.completed', [await setCompleted(queries, done.id, true)])
}

async function write(queries: Transaction, owner: UserId, fields: TodoFields): Promise<TodoRow> {
  const { todo } = await insertTodo(queries, newId('todo'), owner, fields, null)
  await recordTodoEvents(queries, 'todo.created', [todo])
  return todo
}
