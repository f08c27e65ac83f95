import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'
import { checkedIn } from '../support/schema-check.ts'
import { startGraph } from '../support/start-graph.ts'

let copy: ProjectCopy
beforeAll(async () => {
  copy = await copyProject()
})
afterAll(() => copy[Symbol.asyncDispose]())

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
      const { code, changes, known } = checkedIn(copy, '--usage', database.url)
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
        expect(checkedIn(copy, '--usage', database.url)).toMatchObject({ code: 0, changes: [{ verdict: 'safe' }] })
        await database.sql(`update usage.uses set day = day + 30`)
        await database.sql(`update usage.supergraphs set version = 'another'`)
        expect(checkedIn(copy, '--usage', database.url)).toMatchObject({
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

test('usage is written while the gateway runs, and not when it is off', async () => {
  await using database = await createDatabase()
  await using graph = await startGraph({ database, environment: { USAGE_SAMPLE: '0' } })
  await graph.anonymous.data('{ products(first: 1) { nodes { sku } } }')
  await graph[Symbol.asyncDispose]()
  await eventually(async () =>
    expect(await database.sql(`select 1 from information_schema.tables where table_schema = 'usage'`)).toEqual([]),
  )
})
