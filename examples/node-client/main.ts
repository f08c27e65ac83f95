import { createClient } from './client.ts'
import { Session } from './session.ts'
import { allTodos, complete, todosInCache } from './todos.ts'

/** Signs in, pages through todos and completes one: `node examples/node-client/main.ts`, beside `npm start`. */
const session = new Session()
const client = createClient(process.env.GRAPHQL_URL ?? 'http://localhost:4000/graphql', session)
await session.signIn(client, 'customer@example.com', 'correct horse battery staple')

const PAGE = 2
const todos = await allTodos(client, PAGE)
const open = todos.find(({ isCompleted }) => !isCompleted)
if (open) await complete(client, open)
for (const { title, isCompleted } of todosInCache(client, PAGE))
  process.stdout.write(`${isCompleted ? '✓' : ' '} ${title}\n`)
