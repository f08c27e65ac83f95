import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { z } from 'zod'
import { recordEvents } from '../../platform/events/outbox.ts'
import { startRelay } from '../../platform/events/relay.ts'
import { Database, type Queries } from '../../platform/postgres/database.ts'
import { openBackgroundDatabase, placeOf } from '../../platform/subgraph/place.ts'
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
  await expect(impatient.query('select pg_sleep(5)')).rejects.toMatchObject({ extensions: { code: 'TIMEOUT' } })
  expect(
    await server.sql(`select from pg_stat_activity where query = 'select pg_sleep(5)' and state = 'active'`),
  ).toEqual([])
  expect(await impatient.query('select 1 as one')).toEqual([{ one: 1 }])
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

test('an event of a type that only a newer version knows waits, and holds up no other', async () => {
  await using own = await createDatabase()
  await using outbox = openBackgroundDatabase(placeOf('users', undefined, own.url))
  await own.sql(`insert into users.outbox (id, type, aggregate_id, version, payload) values
    (gen_random_uuid(), 'user.renamed', 'a', 1, '{}'),
    (gen_random_uuid(), 'user.deleted', 'b', 1, '{"userId":"user_00000000000000000000000000"}')`)
  const deleted: string[] = []
  const consumers = { 'user.deleted': async ({ userId }: { userId: string }) => void deleted.push(userId) }
  await using _relay = startRelay(outbox, [{ database: outbox, consumers, reactions: {} }])
  await eventually(async () => expect(deleted).toEqual(['user_00000000000000000000000000']))
  expect(await own.sql('select type from users.outbox where published_at is null')).toEqual([{ type: 'user.renamed' }])
})

test('the events of one object are delivered in order, while another object is stuck', async () => {
  await using own = await createDatabase()
  await using outbox = openBackgroundDatabase(placeOf('users', undefined, own.url))
  await own.sql(`insert into users.outbox (id, type, aggregate_id, version, payload)
    select gen_random_uuid(), 'stock.changed', 'stock of ' || p, v, jsonb_build_object('productId', 'product_0000000000000000000000000' || p, 'availableQuantity', v)
    from generate_series(1, 3) p, generate_series(1, 20) v order by random()`)
  const seen = new Map<string, number[]>()
  const consumers = {
    'stock.changed': async ({ productId, availableQuantity }: { productId: string; availableQuantity: number }) => {
      if (productId.endsWith('2')) throw new Error('stuck')
      seen.set(productId, [...(seen.get(productId) ?? []), availableQuantity])
    },
  }
  await using _relay = startRelay(outbox, [{ database: outbox, consumers, reactions: {} }])
  const inOrder = Array.from({ length: 20 }, (_, index) => index + 1)
  await eventually(async () => expect([...seen.values()]).toEqual([inOrder, inOrder]))
})

test('a relay is told of events when they are committed, and not before', async () => {
  await using own = await createDatabase()
  await using outbox = openBackgroundDatabase(placeOf('users', undefined, own.url))
  let notices = 0
  await using _listening = outbox.listen('outbox_users', () => notices++)
  await eventually(async () => expect(notices).toBe(1))
  await outbox.transaction(async (queries) => {
    await recordEvents(queries, [
      { type: 'user.deleted', aggregateId: 'a', version: 1, payload: { userId: 'user_00000000000000000000000000' } },
    ])
    await sleep(200)
    expect(notices).toBe(1)
  })
  await eventually(async () => expect(notices).toBe(2))
  await own.sql(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'`)
  await eventually(async () => expect(notices).toBe(3))
})

test('an event that fails is tried five times and given up, which is listed, and can be undone', async () => {
  await using own = await createDatabase()
  await using outbox = openBackgroundDatabase(placeOf('users', undefined, own.url))
  await own.sql(`insert into users.outbox (id, type, aggregate_id, version, payload) values
    (gen_random_uuid(), 'user.deleted', 'user_00000000000000000000000000', 1, '{"userId":"user_00000000000000000000000000"}')`)
  const calls = { failing: true, count: 0 }
  const consumers = {
    'user.deleted': async () => {
      calls.count++
      if (calls.failing) throw new Error('the shelf is full')
    },
  }
  await using _relay = startRelay(outbox, [{ database: outbox, consumers, reactions: {} }])
  await eventually(async () => {
    await own.sql(`update users.outbox set claimed_until = null where attempts > 0 and dead_at is null`)
    expect(await own.sql('select attempts, failure from users.outbox where dead_at is not null')).toEqual([
      { attempts: 5, failure: 'the shelf is full' },
    ])
  }, 20_000)
  expect(calls.count).toBe(5)
  const run = async (...args: string[]) =>
    (
      await promisify(execFile)(process.execPath, ['subgraphs/dead-letters.ts', ...args], {
        env: { PATH: process.env.PATH, DATABASE_URL: own.url },
      })
    ).stdout
  expect(await run()).toMatch(
    /^users: [0-9a-f-]{36} user.deleted of user_0{26} \(version 1\), .*: the shelf is full\n$/,
  )
  calls.failing = false
  expect(await run('redrive')).toContain('users: 1 will be delivered anew')
  await eventually(async () => expect(await own.sql('select from users.outbox where published_at is null')).toEqual([]))
  expect(await run()).toBe('')
})
