import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { recordEvents } from '../../platform/events/outbox.ts'
import { openBackgroundDatabase, placeOf } from '../../platform/subgraph/place.ts'
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
  await own.sql(`select pg_terminate_backend(pid) from pg_stat_activity where query like 'listen%'`)
  await eventually(async () => expect(notices).toBe(3))
})
