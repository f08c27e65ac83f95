import { createClient } from './client.ts'
import { Session } from './session.ts'
import { allTodos, complete, todosInCache } from './todos.ts'

/** Signs in, pages through todos and completes one: `node examples/node-client/main.ts`, beside `npm start`. */
const session = new Session()
const url = process.env.GRAPHQL_URL ?? 'http://localhost:4000/graphql'
const client = createClient(url, session)
await session.signIn(client, 'customer@example.com', 'correct horse battery staple').catch((error: unknown) => {
  // What fetch throws when nobody answers.
  if (!(error instanceof TypeError)) throw error
  process.stderr.write(`There is no gateway at ${url}: run npm start beside this, or set GRAPHQL_URL.\n`)
  process.exit(1)
})

const PAGE = 2
const todos = await allTodos(client, PAGE)
const open = todos.find(({ isCompleted }) => !isCompleted)
if (open) await complete(client, open)
for (const { title, isCompleted } of todosInCache(client, PAGE))
  process.stdout.write(`${isCompleted ? '✓' : ' '} ${title}\n`)
