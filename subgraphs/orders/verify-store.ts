import { z } from 'zod'
import { idOf } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { event, order, type OrderEventRow, type OrderRow } from './store.ts'

export type { OrderEventRow } from './store.ts'

/** The history of all orders, in the order in which it happened. */
export async function allEvents(db: Queries): Promise<OrderEventRow[]> {
  return event
    .array()
    .parse(await db.query('select order_id, version, status, at, reason from order_events order by order_id, version'))
}

export async function allOrders(db: Queries): Promise<OrderRow[]> {
  return order
    .array()
    .parse(
      await db.query(
        'select id, number, buyer_id, status, total_minor_units, currency, version, placed_at, updated_at from orders',
      ),
    )
}

const units = z
  .object({
    product_id: z.string().transform((uuid) => idOf('product', uuid)),
    reserved: z.number(),
    expected: z.number(),
  })
  .transform(({ product_id, ...rest }) => ({ productId: product_id, ...rest }))

/** Reserved units of each product, beside those of its orders that were not shipped or cancelled. */
export async function reservedUnits(db: Queries): Promise<z.infer<typeof units>[]> {
  const raw = await db.query(`
    select product_id, s.reserved, coalesce(sum(l.quantity) filter (where o.status in ('PLACED', 'CONFIRMED')), 0)::int as expected
    from stock s left join order_lines l using (product_id) left join orders o on o.id = l.order_id
    group by product_id, s.reserved`)
  return units.array().parse(raw)
}
