import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { Database, type Queries } from '../../platform/postgres/database.ts'
import { openDatabase, placeOf } from '../../platform/subgraph/place.ts'
import { definitionOf } from '../../subgraphs/all.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

let server: TestDatabase
let database: Database
beforeAll(async () => {
  server = await createDatabase()
  database = new Database({ name: 'test', url: server.url, statementTimeout: 2_000 })
  await server.sql('create table pairs (id int primary key, value int not null)')
  await server.sql('insert into pairs values (1, 0), (2, 0)')
})
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const pidOf = async (queries: Queries) =>
  z.tuple([z.object({ pid: z.number() })]).parse(await queries.query('select pg_backend_pid() as pid'))[0].pid

test('a connection that is killed in a transaction fails that transaction alone', async () => {
  const killedBetween = database.transaction(async (queries) => {
    await server.sql('select pg_terminate_backend($1)', [await pidOf(queries)])
    await sleep(100)
    return queries.query('select 1')
  })
  await expect(killedBetween).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } })
  const killedDuring = database.transaction(async (queries) => {
    const pid = await pidOf(queries)
    setTimeout(() => void server.sql('select pg_terminate_backend($1)', [pid]), 50)
    return queries.query('select pg_sleep(1)')
  })
  await expect(killedDuring).rejects.toMatchObject({ extensions: { code: 'UNAVAILABLE' } })
  expect(await database.query('select 1 as one')).toEqual([{ one: 1 }])
})

test('of two transactions that deadlock one is run again, and both succeed', async () => {
  let attempts = 0
  const cross = (first: number, second: number) =>
    database.transaction(async (queries) => {
      attempts++
      await queries.query('update pairs set value = value + 1 where id = $1', [first])
      await sleep(100)
      await queries.query('update pairs set value = value + 1 where id = $1', [second])
    })
  await Promise.all([cross(1, 2), cross(2, 1)])
  expect(attempts).toBe(3)
  expect(await server.sql('select value from pairs order by id')).toEqual([{ value: 2 }, { value: 2 }])
})

test('a statement that takes too long ends in the database too, and its connection is used again', async () => {
  await using impatient = new Database({ name: 'impatient', url: server.url, statementTimeout: 200 })
  // A connection may take longer to open than such a statement may wait for one.
  await eventually(async () => impatient.query('select 1'))
  await expect(impatient.query('select pg_sleep(5)')).rejects.toMatchObject({ extensions: { code: 'TIMEOUT' } })
  expect(
    await server.sql(`select from pg_stat_activity where query = 'select pg_sleep(5)' and state = 'active'`),
  ).toEqual([])
  expect(await impatient.query('select 1 as one')).toEqual([{ one: 1 }])
})

test.each([
  ['users', '2s'],
  ['todos', '2s'],
  ['products', '2s'],
  ['orders', '4s'],
] as const)('a statement of %s may take %s, which is less than the gateway waits for it', async (name, longest) => {
  const definition = definitionOf(name)
  const place = placeOf(name, undefined, server.url)
  await using own = openDatabase(definition, place)
  expect(await own.query('show statement_timeout')).toEqual([{ statement_timeout: longest }])
})

test('an instant of long ago is stored as it is', async () => {
  const instant = new Date('1850-01-01T00:00:00.000Z')
  const zone = process.env.TZ
  process.env.TZ = 'Europe/Berlin'
  try {
    expect(await database.query('select $1::timestamptz as instant', [instant])).toEqual([{ instant }])
  } finally {
    process.env.TZ = zone
  }
})
