import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { startChild, type Child } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'
import { startGraph } from '../support/start-graph.ts'

const resources = new AsyncDisposableStack()
let copy: ProjectCopy
let database: TestDatabase
beforeAll(async () => {
  copy = resources.use(await copyProject())
  database = resources.use(await createDatabase())
})
afterAll(() => resources.disposeAsync())

/** `npm run dev` in the copy. */
async function startDev(args: string[], environment: NodeJS.ProcessEnv): Promise<{ child: Child; origin: string }> {
  const child = startChild(
    [join(copy.folder, 'dev/main.ts'), ...args],
    { PORT: '0', ...environment },
    { cwd: copy.folder },
  )
  return { child, origin: await child.says(/GraphQL at (http:\/\/localhost:\d+)/) }
}

/** Edits a file as people do. */
async function edit(file: string, from: string, to: string): Promise<void> {
  const path = join(copy.folder, file)
  const text = await readFile(path, 'utf8')
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
  await writeFile(path, text.replace(from, to))
}

const ESTIMATE = '  "Minutes; null when nobody said."\n  estimate: Int\n  "Whether it is done."'

test('what is saved is served within seconds and without losing a request; what is broken is told, and not served', async () => {
  const { child, origin } = await startDev([], { DATABASE_URL: database.url, DATA_DIR: join(copy.folder, '.data') })
  await using _ = child
  const client = clientOf(`${origin}/graphql`)
  const state = { isOver: false, asked: 0, failed: 0 }
  const load = Array.from({ length: 2 }, async () => {
    while (!state.isOver) {
      const { data, errors } = await client
        .send('{ products(first: 1) { nodes { name } } node(id: "todo_00000000000000000000000000") { id } }')
        .catch(() => ({ data: null, errors: [] }))
      state.asked++
      if (errors.length > 0 || !data?.products?.nodes) state.failed++
    }
  })
  const fields = async () =>
    (await client.data('{ __type(name: "Todo") { fields { name } } }')).__type.fields.map(
      ({ name }: { name: string }) => name,
    )
  expect(await fields()).not.toContain('estimate')
  await edit('schema/todos.graphql', '  "Whether it is done."', ESTIMATE)
  await eventually(async () => expect(await fields()).toContain('estimate'), 15_000)
  await eventually(
    async () => expect(await readFile(join(copy.folder, 'subgraphs/todos/generated.ts'), 'utf8')).toContain('estimate'),
    15_000,
  )
  await edit('schema/todos.graphql', '  "Minutes; null when nobody said."\n', '')
  await child.says(/npm run schema:check will refuse (schema\/todos\.graphql:\d+: .* \(descriptions\))/)
  await appendFile(join(copy.folder, 'schema/todos.graphql'), 'type {\n')
  await child.says(/(schema\/todos\.graphql:\d+: Syntax Error)/)
  expect(await fields()).toContain('estimate')
  await edit('schema/todos.graphql', 'type {\n', '')
  await edit('subgraphs/products/resolvers.ts', '  Product: {', "  Product: {\n    name: () => 'Renamed',")
  await eventually(
    async () =>
      expect((await client.data('{ products(first: 1) { nodes { name } } }')).products.nodes).toEqual([
        { name: 'Renamed' },
      ]),
    15_000,
  )
  await eventually(async () => expect(state.asked).toBeGreaterThan(50))
  state.isOver = true
  await Promise.all(load)
  expect(state.failed).toBe(0)
  expect(await child.end('SIGINT')).toBe(0)
}, 120_000)

test('one subgraph runs from source beside a supergraph that runs, whose gateway can send a request to it', async () => {
  await using graph = await startGraph({ hasDemoData: true })
  const someone = await graph.person()
  await edit('subgraphs/users/resolvers.ts', '  User: {', "  User: {\n    displayName: () => 'From source',")
  const environment = { SUPERGRAPH_URL: graph.origin, DATABASE_URL: graph.database.url, DATA_DIR: graph.dataDir }
  const { child, origin } = await startDev(['users'], environment)
  await using _ = child
  const query = '{ viewer { displayName todos(first: 1) { totalCount } } }'
  const authorization = `Bearer ${someone.accessToken}`
  const expected = { viewer: { displayName: 'From source', todos: { totalCount: 0 } } }
  expect(await clientOf(`${origin}/graphql`, { authorization }).data(query)).toEqual(expected)
  const address = await child.says(/users subgraph listens on (\S+)/)
  expect((await someone.data(query)).viewer.displayName).not.toBe('From source')
  const routed = graph.clientWith(someone.accessToken, { 'x-route-users': address })
  expect(await routed.data(query)).toEqual(expected)
  const nowhere = await graph.clientWith(someone.accessToken, { 'x-route-users': 'nowhere' }).send(query)
  expect(nowhere.errors[0]?.message).toMatch(/^x-route-users must be the address of a subgraph/)
  expect(await child.end('SIGINT')).toBe(0)
}, 60_000)

test('a subgraph that there is not, and a supergraph that does not run, are told in one sentence', async () => {
  for (const [args, environment, sentence] of [
    [['nothing'], {}, /^Say which subgraph: users, /],
    [['users'], { SUPERGRAPH_URL: 'http://127.0.0.1:1' }, /^No supergraph runs at http:\/\/127\.0\.0\.1:1/],
  ] as const) {
    await using child = startChild(['dev/main.ts', ...args], environment)
    expect(await child.ended()).toBe(1)
    expect(child.errors()).toMatch(sentence)
    expect(child.errors()).not.toMatch(/\n\s+at /)
  }
})
