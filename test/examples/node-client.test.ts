import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { createClient } from '../../examples/node-client/client.ts'
import { Session } from '../../examples/node-client/session.ts'
import { allTodos, complete, todosInCache } from '../../examples/node-client/todos.ts'
import { startChild } from '../support/child.ts'
import type { Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

const ROOT = join(import.meta.dirname, '../..')
let graph: TestGraph
let someone: Person
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
  someone = await graph.person()
  for (const title of ['One', 'Two', 'Three', 'Four', 'Five'])
    await someone.data('mutation ($input: CreateTodoInput!) { createTodo(input: $input) { __typename } }', {
      input: { title },
    })
})
afterAll(() => graph[Symbol.asyncDispose]())

async function signedIn() {
  const session = new Session()
  const client = createClient(`${graph.origin}/graphql`, session)
  await session.signIn(client, someone.email, someone.password)
  return { session, client }
}

test('the example runs beside the supergraph', async () => {
  await using child = startChild(['examples/node-client/main.ts'], { GRAPHQL_URL: `${graph.origin}/graphql` })
  expect(await child.ended()).toBe(0)
  expect(child.output()).toMatch(/^✓ /m)
  expect(child.errors()).toBe('')
})

test('pages are added to one list, and Apollo Client has nothing to warn of', async () => {
  const warnings = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')]
  const { client } = await signedIn()
  const todos = await allTodos(client, 2)
  expect(todos.map(({ title }) => title)).toEqual(['Five', 'Four', 'Three', 'Two', 'One'])
  for (const each of warnings) expect(each.mock.calls).toEqual([])
})

test('a change is shown before it is made, and stays', async () => {
  const { client } = await signedIn()
  const [first] = await allTodos(client, 2)
  if (!first) throw new Error('there are no todos')
  const completed = complete(client, first)
  expect(todosInCache(client, 2)[0]).toMatchObject({ id: first.id, isCompleted: true })
  await completed
  expect((await allTodos((await signedIn()).client, 2))[0]?.isCompleted).toBe(true)
})

test('a session whose access token has ended is refreshed, once for all who ask', async () => {
  const { client, session } = await signedIn()
  const { refreshToken } = session
  session.accessToken = someone.accessToken.slice(0, -4)
  const answers = await Promise.all([allTodos(client, 5), allTodos(client, 10)])
  expect(answers.map((todos) => todos.length)).toEqual([5, 5])
  expect(session.refreshToken).not.toBe(refreshToken)
})

test('what is committed of it is what its operations give', async () => {
  const files = ['persisted-query-manifest.json', 'gql/graphql.ts', 'gql/gql.ts'].map((file) =>
    join(ROOT, 'examples/node-client', file),
  )
  const before = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  execFileSync(process.execPath, ['schema/main.ts', 'operations', 'examples/node-client'], { cwd: ROOT, stdio: 'pipe' })
  expect(await Promise.all(files.map((file) => readFile(file, 'utf8')))).toEqual(before)
})
