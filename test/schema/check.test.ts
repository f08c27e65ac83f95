import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { copyProject, type ProjectCopy, type Ran } from '../support/project-copy.ts'
import { checkedIn } from '../support/schema-check.ts'

let copy: ProjectCopy
beforeAll(async () => {
  copy = await copyProject()
})
afterAll(() => copy[Symbol.asyncDispose]())

const checked = (...args: string[]) => checkedIn(copy, ...args)

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
    '  "Up to 10,000 characters; null when there are none."\n  notes: String @cost(weight: 2)\n',
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
      'clearCompletedTodos: ClearCompletedTodosResult ',
      'clearCompletedTodos: ClearCompletedTodosResult! ',
      /Mutation.clearCompletedTodos must be nullable/,
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
