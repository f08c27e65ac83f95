import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { copyProject, type ProjectCopy, type Ran } from '../support/project-copy.ts'
import { startGraph } from '../support/start-graph.ts'

let copy: ProjectCopy
beforeAll(async () => {
  copy = await copyProject()
})
afterAll(() => copy[Symbol.asyncDispose]())

const found = z.object({
  isMergeable: z.boolean(),
  summary: z.string(),
  known: z.string().nullable(),
  changes: z.array(
    z.looseObject({
      id: z.string(),
      verdict: z.string(),
      reason: z.string(),
      breaks: z.array(z.object({ name: z.string(), client: z.string() }).loose()),
    }),
  ),
  problems: z.array(z.object({ file: z.string(), line: z.number(), message: z.string() })),
})

/** Runs the check against `main`, for programs. */
function checked(...args: string[]) {
  const { code, output } = copy.run('schema/main.ts', 'check', '--base', 'main', '--format', 'json', ...args)
  return { code, ...found.parse(JSON.parse(output)) }
}

/** What a mobile app of version 3.2 sends. */
const OPERATIONS = [
  `query Todos { viewer { todos(first: 3, filter: { priorities: [HIGH] }) { nodes { id title notes priority } } } }`,
  `mutation Create($input: CreateTodoInput!) { createTodo(input: $input) { ... on CreateTodoSuccess { todo { id } } } }`,
  `query Any($id: ID!) { node(id: $id) { id ... on Product { name } } }`,
  `mutation Delete($id: ID!) { deleteTodo(input: { id: $id }) { ... on Error { message } } }`,
]

async function withManifest(assertions: () => Promise<void> | void): Promise<void> {
  const folder = join(copy.folder, 'schema/operations')
  await mkdir(folder, { recursive: true })
  const operations = OPERATIONS.map((body, index) => ({
    id: String(index),
    name: /(?:query|mutation) (\w+)/.exec(body)?.[1],
    type: 'query',
    body,
  }))
  await writeFile(
    join(folder, 'mobile@3.2.json'),
    JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations }),
  )
  try {
    await assertions()
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A change of a schema file, with its verdict where nothing is known of clients, and where the app's operations are. */
const changes: [name: string, file: string, from: string, to: string, unknown: string, known: string][] = [
  [
    'a removed field that the app asks for',
    'todos',
    '  "Up to 10,000 characters; null when there are none."\n  notes: String\n',
    '',
    'breaking',
    'breaking',
  ],
  [
    'a removed field that nobody asks for',
    'todos',
    '  "Null while it is open."\n  completedAt: DateTime\n',
    '',
    'breaking',
    'safe',
  ],
  [
    'an added field',
    'todos',
    '  "Whether it is done."',
    '  "Minutes; null when nobody said."\n  estimate: Int\n  "Whether it is done."',
    'safe',
    'safe',
  ],
  [
    'a field that may be null now, and is asked for',
    'todos',
    '  title: String!\n  "Up to 10,000 characters; null when',
    '  title: String\n  "Up to 10,000 characters; null when',
    'breaking',
    'breaking',
  ],
  ['an enum value that the app sends', 'todos', '  "Before the others."\n  HIGH\n', '', 'breaking', 'breaking'],
  [
    'an added enum value',
    'todos',
    '  "At once."\n  URGENT\n',
    '  "At once."\n  URGENT\n  "Before all else."\n  NOW\n',
    'dangerous',
    'dangerous',
  ],
  [
    'an input field that variables may hold',
    'todos',
    '  "When it is due; no due date if left out or null."\n  dueAt: DateTime\n',
    '',
    'breaking',
    'breaking',
  ],
  [
    'an input field of a type that nobody sends',
    'todos',
    '  "Due before this moment; with a due date or not if left out or null."\n  dueBefore: DateTime\n',
    '',
    'breaking',
    'safe',
  ],
  [
    'a required input field of a type that the app sends',
    'todos',
    'input CreateTodoInput {',
    'input CreateTodoInput {\n  "Where."\n  place: String!',
    'breaking',
    'breaking',
  ],
  [
    'a required argument of a field that nobody asks for',
    'products',
    'productBySku(',
    'productBySku("In which shop." shop: ID!, ',
    'breaking',
    'safe',
  ],
  [
    'a removed field of the type of a fragment on an interface',
    'products',
    '  "1 to 200 characters."\n  name: String!\n',
    '',
    'breaking',
    'breaking',
  ],
  [
    'a default that is gone from an input field of a type that the app sends',
    'todos',
    '  priority: TodoPriority! = NORMAL\n',
    '  priority: TodoPriority!\n',
    'breaking',
    'breaking',
  ],
  [
    'a default that is gone from an argument of a field that nobody asks for',
    'products',
    '= { field: NAME, direction: ASC }',
    '',
    'breaking',
    'safe',
  ],
  [
    'the last failure of a result that the app reads through an interface',
    'todos',
    'union DeleteTodoResult = DeleteTodoSuccess | TodoNotFound',
    'union DeleteTodoResult = DeleteTodoSuccess',
    'breaking',
    'breaking',
  ],
]

describe.each(changes)('%s', (_, file, from, to, unknown, known) => {
  test(`is ${unknown} where nothing is known, and ${known} beside the operations of an app`, async () => {
    await copy.changed(`schema/${file}.graphql`, from, to, async () => {
      const alone = checked()
      expect(alone.problems).toEqual([])
      expect(alone.changes[0]?.verdict).toBe(unknown)
      expect(alone.code).toBe(unknown === 'breaking' ? 1 : 0)
      await withManifest(() => {
        const beside = checked()
        expect(beside.changes[0]?.verdict).toBe(known)
        expect(beside.code).toBe(known === 'breaking' ? 1 : 0)
        if (known === 'breaking') expect(beside.changes[0]?.breaks[0]?.client).toBe('mobile 3.2')
      })
    })
  })
})

describe('what gateways have counted', () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase()
    await using graph = await startGraph({ database, environment: { RESPONSE_CACHE: 'on' } })
    const headers = { 'apollographql-client-name': 'web', 'apollographql-client-version': '7' }
    const someone = await graph.person()
    const client = graph.clientWith(someone.accessToken, headers)
    for (let count = 0; count < 3; count++) await client.data('query Titles { viewer { todos { nodes { title } } } }')
    await client.data('query One { products(first: 1, filter: { search: "somebody\'s secret" }) { nodes { sku } } }')
  })
  afterAll(() => database[Symbol.asyncDispose]())

  test('tells which operation of which client a change breaks, and how often it is sent', async () => {
    const title = '  title: String!\n  "Up to 10,000 characters; null when'
    await copy.changed('schema/todos.graphql', title, title.replace('String!', 'String'), () => {
      const { code, changes, known } = checked('--usage', database.url)
      expect(code).toBe(1)
      expect(known).toMatch(/^what clients send is known from requests since \d{4}-/)
      expect(changes[0]).toMatchObject({ breaks: [{ name: 'Titles', client: 'web 7', usage: { requests: 3 } }] })
    })
  })

  test('lets go what nobody asks for, unless the base is older than the counting', async () => {
    await copy.changed(
      'schema/todos.graphql',
      '  "Null while it is open."\n  completedAt: DateTime\n',
      '',
      async () => {
        expect(checked('--usage', database.url)).toMatchObject({ code: 0, changes: [{ verdict: 'safe' }] })
        await database.sql(`update usage.uses set day = day + 30`)
        await database.sql(`update usage.supergraphs set version = 'another'`)
        expect(checked('--usage', database.url)).toMatchObject({
          code: 1,
          known: expect.stringContaining('the base is older'),
        })
      },
    )
  })

  test('holds neither variables nor literals', async () => {
    const rows = await database.sql('select text from usage.operations')
    expect(rows.length).toBeGreaterThan(2)
    expect(JSON.stringify(rows)).not.toMatch(/secret|password of/)
  })
})

test('a change that was accepted with a reason may be merged; one without a reason may not', async () => {
  const removed = '  "Null while it is open."\n  completedAt: DateTime\n'
  const file = join(copy.folder, 'schema/accepted-changes.json')
  await copy.changed('schema/todos.graphql', removed, '', async () => {
    await writeFile(file, JSON.stringify([{ change: 'FIELD_REMOVED Todo.completedAt', reason: 'nobody needs it' }]))
    expect(checked()).toMatchObject({ code: 0, changes: [{ verdict: 'breaking', accepted: 'nobody needs it' }] })
    await writeFile(file, JSON.stringify([{ change: 'FIELD_REMOVED Todo.completedAt', reason: ' ' }]))
    expect(copy.run('schema/main.ts', 'check', '--base', 'main')).toMatchObject({
      code: 2,
      output: expect.stringContaining('each with a reason'),
    })
  })
  await rm(file)
})

test('what breaks a rule of the house is told with file and line, and may not be merged', async () => {
  const broken: [from: string, to: string, message: RegExp][] = [
    ['  "Whether it is done."\n', '', /is_completed has no description/],
    ['isCompleted: Boolean!', 'is_completed: Boolean!', /is_completed should be in camelCase/],
    [
      ' @signedIn @cost(weight: 10)\n\n  "Change what',
      ' @signedIn\n\n  "Change what',
      /Mutation.createTodo does not say what it costs/,
    ],
    [
      ' @signedIn @cost(weight: 10)\n\n  "Mark as done',
      ' @cost(weight: 10)\n\n  "Mark as done',
      /Mutation.updateTodo has no access rule/,
    ],
    [
      '  "Where this page stands in the whole list."\n  pageInfo: PageInfo!\n',
      '',
      /TodoConnection needs the field pageInfo/,
    ],
  ]
  const file = join(copy.folder, 'schema/todos.graphql')
  const text = await readFile(file, 'utf8')
  for (const [from] of broken) expect(text).toContain(from)
  await writeFile(
    file,
    broken.reduce((changed, [from, to]) => changed.replace(from, to), text),
  )
  const { code, problems } = checked()
  await writeFile(file, text)
  expect(code).toBe(1)
  for (const [, , message] of broken)
    expect(problems).toContainEqual({
      file: 'schema/todos.graphql',
      line: expect.any(Number),
      message: expect.stringMatching(message),
    })
})

test('what it is told for people, pull requests and GitHub Actions names the change, and where it is', async () => {
  const told = (format: string): Ran => copy.run('schema/main.ts', 'check', '--base', 'main', '--format', format)
  await copy.changed('schema/todos.graphql', '  "Null while it is open."\n  completedAt: DateTime\n', '', () => {
    expect(told('person').code).toBe(1)
    expect(told('person').output).toMatch(/^Not to be merged: 1 breaking since main\.\n {2}breaking .*completedAt/)
    expect(told('markdown').output).toMatch(/^### Schema: Not to be merged[^]*\| 🔴 breaking \| .*completedAt/)
    expect(told('github').output).toMatch(/^::error file=schema\/todos\.graphql,line=\d+::.*completedAt/m)
  })
})

describe('a base', () => {
  test('is a file or a URL too', async () => {
    const sdl = copy.runProgram('git', ['show', 'main:schema/supergraph.graphql']).output
    await writeFile(join(copy.folder, 'base.graphql'), sdl)
    const server = createServer((_, response) => void response.end(sdl)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/supergraph`
    const child = copy.run('schema/main.ts', 'check', '--base', 'base.graphql')
    expect(child).toMatchObject({
      code: 0,
      output: expect.stringContaining('no change for clients since base.graphql'),
    })
    await using graph = await startGraph()
    for (const base of [`${graph.origin}/graphql`, `${graph.origin}/supergraph`, url]) {
      const { code, output } = await runBeside(['schema/main.ts', 'check', '--base', base])
      expect(output).toContain('no change for clients')
      expect(code).toBe(0)
    }
    server.close()
  })

  test.each([
    [['--base', 'nowhere'], /neither a file nor a git revision/],
    [['--base', 'http://127.0.0.1:1/'], /cannot be reached/],
    [['--base', 'package.json'], /is no schema/],
    [['--base', 'main', '--usage', 'postgres://127.0.0.1:1/x'], /database of usage cannot be read/],
    [['--base', 'main', '--usage', 'nonsense'], /must be a URL/],
    [['--base', 'main', '--manifest', 'package.json'], /is no manifest of the format/],
    [['--format', 'xml'], /must be person, markdown, json, github/],
    [['--bass', 'main'], /Unknown option/],
  ])('%j cannot be checked: exit code 2, and a sentence', (args, message) => {
    const { code, output } = copy.run('schema/main.ts', 'check', ...args)
    expect(code).toBe(2)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/\n\s+at /)
  })

  test('in GitHub Actions is where the branch left its target', async () => {
    copy.runProgram('git', ['update-ref', 'refs/remotes/origin/main', 'main'])
    const { output } = copy.runProgram(process.execPath, ['schema/main.ts', 'check'], {
      GITHUB_ACTIONS: 'true',
      GITHUB_BASE_REF: 'main',
    })
    expect(output).toContain('no change for clients since origin/main')
  })
})

/** Runs a command while this process answers it. */
async function runBeside(args: string[]): Promise<Ran> {
  const { startChild } = await import('../support/child.ts')
  await using child = startChild(args, {})
  const code = await child.ended()
  return { code: code ?? -1, output: child.output() + child.errors() }
}

test('usage is written while the gateway runs, and not when it is off', async () => {
  await using database = await createDatabase()
  await using graph = await startGraph({ database, environment: { USAGE_SAMPLE: '0' } })
  await graph.anonymous.data('{ products(first: 1) { nodes { sku } } }')
  await graph[Symbol.asyncDispose]()
  await eventually(async () =>
    expect(await database.sql(`select 1 from information_schema.tables where table_schema = 'usage'`)).toEqual([]),
  )
})
