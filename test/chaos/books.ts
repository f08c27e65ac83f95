import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Database } from '../../platform/postgres/database.ts'
import { connect } from '../../platform/postgres/prepare.ts'
import { idOf, uuidOf } from '../../platform/ids.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { definitions } from '../../subgraphs/all.ts'
import { verify } from '../../subgraphs/orders/verify.ts'
import type { World } from './world.ts'

/** How long events may take to be delivered once nothing breaks any more, in ms: claims of killed workers run out first. */
const SETTLED = 180_000

type Rows = (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>

/** Statements that find what must not be. */
const FAULTS: Record<string, string> = {
  'keys without an answer': 'select key from orders.idempotency_keys where answer is null',
  'totals that do not match': `select o.id from orders.orders o join orders.order_lines l on l.order_id = o.id
    group by o.id having o.total_minor_units <> sum(l.quantity * l.unit_price_minor_units)`,
  'orders without lines': 'select id from orders.orders where id not in (select order_id from orders.order_lines)',
  'orders that were never confirmed': `select id from orders.orders where status = 'PLACED'`,
  'orders that were confirmed twice': `select order_id from orders.order_events where status = 'CONFIRMED' group by order_id having count(*) > 1`,
  'stock out of its bounds': 'select product_id from orders.stock where reserved < 0 or reserved > on_hand',
  'copies of products that are not as the products are': `select * from products.products p full join orders.products c using (id)
    where (p.sku, p.price_minor_units, p.price_currency, p.is_on_sale, p.version) is distinct from (c.sku, c.price_minor_units, c.price_currency, c.is_on_sale, c.version)`,
  'copies of buyers that are not as the accounts are': `select * from users.accounts a full join orders.buyers b using (id)
    where (a.username, a.email) is distinct from (b.username, b.email)`,
  ...Object.fromEntries(
    subgraphs.map(({ name }) => [
      `versions with gaps in ${name}`,
      `select aggregate_id from ${name}.outbox group by aggregate_id having max(version) - min(version) + 1 <> count(*)`,
    ]),
  ),
}

/**
 * Proves from the database, and from what shoppers were told, that nothing was lost or doubled; gives what is wrong.
 * @param acknowledged ids of the orders that shoppers were told of.
 * @param filled units that the warehouse was told it had put on the shelf of each product.
 */
export async function checkBooks(
  { databaseUrl, dataDir }: World,
  acknowledged: Set<string>,
  filled: Map<string, number>,
): Promise<string[]> {
  const client = await connect(databaseUrl)
  const rows: Rows = async (text, values = []) => (await client.query(text, values)).rows
  try {
    await using orders = new Database({ name: 'books', url: databaseUrl, schema: 'orders', statementTimeout: 60_000 })
    const wrong = await undelivered(rows, orders)
    for (const [what, statement] of Object.entries(FAULTS)) wrong.push(...fault(what, await rows(statement)))
    return [
      ...wrong,
      ...(await ordersBeside(rows, acknowledged)),
      ...(await shelvesBeside(rows, filled)),
      ...(await mailsBeside(rows, join(dataDir, 'mail'))),
      ...(await verify(orders)),
    ]
  } finally {
    await client.end()
  }
}

const fault = (what: string, found: unknown[]) =>
  found.length > 0 ? [`${what} (${found.length}): ${JSON.stringify(found.slice(0, 3))}`] : []

async function ordersBeside(rows: Rows, acknowledged: Set<string>): Promise<string[]> {
  const told = [...acknowledged].map((id) => uuidOf(id as `order_${string}`))
  return [
    ...fault(
      'acknowledged orders that do not exist',
      await rows('select id from unnest($1::uuid[]) as id where id not in (select id from orders.orders)', [told]),
    ),
    ...fault(
      'orders that nobody was told of',
      await rows('select id from orders.orders where id <> all($1::uuid[])', [told]),
    ),
  ]
}

/** What is on a shelf is what was put there, less what was shipped. */
async function shelvesBeside(rows: Rows, filled: Map<string, number>): Promise<string[]> {
  const shelves = await rows(`select s.product_id as id, s.on_hand + coalesce(sum(l.quantity), 0)::int as units
    from orders.stock s left join (orders.order_lines l join orders.orders o on o.id = l.order_id and o.status = 'SHIPPED') using (product_id)
    group by s.product_id, s.on_hand`)
  const wrong = shelves.filter(({ id, units }) => units !== (filled.get(idOf('product', String(id))) ?? 0))
  return fault('shelves that hold other units than were put there and not shipped', wrong)
}

/** Every order that was confirmed has its mail, but for those cancelled before it went out; no other has one. */
async function mailsBeside(rows: Rows, folder: string): Promise<string[]> {
  const confirmed = await rows(
    `select id, status = 'CANCELLED' as is_cancelled from orders.orders
     where id in (select order_id from orders.order_events where status = 'CONFIRMED')`,
  )
  const nameOf = ({ id }: Record<string, unknown>) => `confirmation-of-${idOf('order', String(id))}.eml`
  const due = new Set(confirmed.filter(({ is_cancelled }) => is_cancelled !== true).map(nameOf))
  const found = new Set((await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.eml')))
  return [
    ...fault('confirmed orders without a mail', [...due.difference(found)]),
    ...fault('mails of orders that were not confirmed', [...found.difference(new Set(confirmed.map(nameOf)))]),
  ]
}

/** Waits until every event was published, and received by everyone who listens; tells of those that were not. */
async function undelivered(rows: Rows, database: Database): Promise<string[]> {
  const waiting = [
    ...subgraphs.map(
      ({ name }) => `select '${name}' as place, type, failure from ${name}.outbox where published_at is null`,
    ),
    ...subgraphs.flatMap(({ name: listener }) => subgraphs.flatMap(({ name }) => unreceived(name, listener, database))),
  ].join(' union all ')
  for (const end = Date.now() + SETTLED; ; await sleep(500)) {
    const left = await rows(waiting)
    if (left.length === 0) return []
    if (Date.now() > end) return fault('events that were never delivered', left)
  }
}

/** Statements that find the events of one subgraph that another one listens to, and has not done all about. */
function unreceived(publisher: string, listener: keyof typeof definitions, database: Database): string[] {
  const { consumers, reactions } = definitions[listener]
  const parts = { effect: consumers, reaction: reactions?.({ database, mailer: async () => {} }) ?? {} }
  return Object.entries(parts).flatMap(([part, heard]) => {
    const types = Object.keys(heard).map((type) => `'${type}'`)
    if (types.length === 0) return []
    return [
      `select '${part} in ${listener}', type, null from ${publisher}.outbox where type in (${types.join()})
       and id not in (select event_id from ${listener}.inbox where part = '${part}')`,
    ]
  })
}
