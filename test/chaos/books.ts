import { setTimeout as sleep } from 'node:timers/promises'
import { Database } from '../../platform/postgres/database.ts'
import { connect } from '../../platform/postgres/prepare.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { verify } from '../../subgraphs/orders/verify.ts'
import { uuidOf } from '../../platform/ids.ts'
import type { Told } from './shoppers.ts'
import type { World } from './world.ts'

/** How long events may take to be delivered once nothing breaks any more, in ms: claims of killed workers run out first. */
const SETTLED = 90_000

/** Proves from the database, and from what shoppers were told, that nothing was lost or doubled; gives what is wrong. */
export async function checkBooks({ databaseUrl }: World, told: Told): Promise<string[]> {
  const client = await connect(databaseUrl)
  const rows = async (text: string, values: unknown[] = []): Promise<Record<string, unknown>[]> =>
    (await client.query(text, values)).rows
  try {
    const wrong = [...told.wrong, ...(await undelivered(rows))]
    const expectNone = async (what: string, text: string, values: unknown[] = []) => {
      const found = await rows(text, values)
      if (found.length > 0) wrong.push(`${what}: ${JSON.stringify(found.slice(0, 3))}`)
    }
    const acknowledged = [...told.orders].map((id) => uuidOf(id as `order_${string}`))
    await expectNone(
      'acknowledged orders that do not exist',
      'select id from unnest($1::uuid[]) as id where id not in (select id from orders.orders)',
      [acknowledged],
    )
    await expectNone('orders that nobody was told of', 'select id from orders.orders where id <> all($1::uuid[])', [
      acknowledged,
    ])
    await expectNone('keys without an answer', 'select key from orders.idempotency_keys where answer is null')
    await expectNone(
      'totals that do not match',
      `select o.id from orders.orders o join orders.order_lines l on l.order_id = o.id
      group by o.id having o.total_minor_units <> sum(l.quantity * l.unit_price_minor_units)`,
    )
    await expectNone('orders that were never confirmed', `select id from orders.orders where status = 'PLACED'`)
    await expectNone(
      'stock out of its bounds',
      'select product_id from orders.stock where reserved < 0 or reserved > on_hand',
    )
    for (const { name } of subgraphs) {
      await expectNone(
        `versions with gaps in ${name}`,
        `select aggregate_id from ${name}.outbox group by aggregate_id having max(version) - min(version) + 1 <> count(*)`,
      )
    }
    await using orders = new Database({ name: 'books', url: databaseUrl, schema: 'orders', statementTimeout: 60_000 })
    return [...wrong, ...(await verify(orders))]
  } finally {
    await client.end()
  }
}

/** Waits until every event was delivered; tells which were not. */
async function undelivered(rows: (text: string) => Promise<Record<string, unknown>[]>): Promise<string[]> {
  const waiting = subgraphs
    .map(({ name }) => `select '${name}' as outbox, type, failure from ${name}.outbox where published_at is null`)
    .join(' union all ')
  for (const end = Date.now() + SETTLED; ; await sleep(500)) {
    const left = await rows(waiting)
    if (left.length === 0) return []
    if (Date.now() > end) return [`events that were never delivered: ${JSON.stringify(left.slice(0, 3))}`]
  }
}
