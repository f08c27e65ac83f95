import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { pruneEvents, recordEvents } from '../../platform/events/outbox-store.ts'
import { openBackgroundDatabase, placeOf } from '../../platform/subgraph/place.ts'
import { orders } from '../../subgraphs/orders/index.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'

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
  await own.sql(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%' and datname = current_database()`,
  )
  await eventually(async () => expect(notices).toBe(3))
})

test('what was published and received long ago is removed, and nothing else, also when it is much', async () => {
  await using own = await createDatabase()
  await using database = openBackgroundDatabase(placeOf('orders', undefined, own.url))
  await own.sql(`insert into orders.outbox (id, type, aggregate_id, version, payload, occurred_at, published_at, dead_at)
    select gen_random_uuid(), 'stock.changed', kind || n, 1, '{}', now() - interval '30 days', published, dead
    from generate_series(1, 6000) n, (values ('old ', now() - interval '8 days', null), ('new ', now() - interval '6 days', null),
      ('waiting ', null, null), ('dead ', null, now() - interval '30 days')) as kinds (kind, published, dead)
    where n <= 10 or kind = 'old '`)
  await own.sql(
    `insert into orders.inbox select gen_random_uuid(), 'effect', now() - make_interval(days => d) from unnest(array[13, 15]) d`,
  )
  await pruneEvents(database)
  expect(
    await own.sql(
      `select split_part(aggregate_id, ' ', 1) as kind, count(*)::int from orders.outbox group by 1 order by 1`,
    ),
  ).toEqual(['dead', 'new', 'waiting'].map((kind) => ({ kind, count: 10 })))
  expect(
    await own.sql(`select (now() - received_at)::interval < interval '14 days' as is_kept from orders.inbox`),
  ).toEqual([{ is_kept: true }])
})

test('idempotency keys are kept for at least seven days, and not for ever', async () => {
  await using own = await createDatabase()
  await using database = openBackgroundDatabase(placeOf('orders', undefined, own.url))
  await own.sql(`insert into orders.idempotency_keys (user_id, operation, key, request_hash, created_at)
    select gen_random_uuid(), 'placeOrder', d::text, '', now() - make_interval(days => d) from unnest(array[1, 7, 60]) d`)
  await orders.prune?.(database)
  expect(await own.sql('select key from orders.idempotency_keys order by key')).toEqual([{ key: '1' }, { key: '7' }])
})
