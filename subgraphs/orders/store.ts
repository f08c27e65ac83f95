import { z } from 'zod'
import type { Connection, Page, Slice } from '../../platform/graphql/pages.ts'
import { idOf, uuidOf, type Id, type Reference, type UserId } from '../../platform/ids.ts'
import { currencyCode, type Money } from '../../platform/money.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { instant, keysetOf, sliceOf, type SortOrder } from '../../platform/postgres/keyset.ts'
import type { ProductId } from './catalogue-store.ts'

export type OrderId = Id<'order'>

const orderId = z.string().transform((uuid) => idOf('order', uuid))
const userId = z.string().transform((uuid) => idOf('user', uuid))
const productId = z.string().transform((uuid) => idOf('product', uuid))
const status = z.enum(['PLACED', 'CONFIRMED', 'SHIPPED', 'CANCELLED'])
export type OrderStatus = z.infer<typeof status>

export const order = z
  .object({
    id: orderId,
    number: z.string(),
    buyer_id: userId.nullable(),
    status,
    total_minor_units: z.bigint(),
    currency: currencyCode,
    version: z.number(),
    placed_at: z.date(),
    updated_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    number: row.number,
    buyerId: row.buyer_id,
    status: row.status,
    total: { minorUnits: row.total_minor_units, currencyCode: row.currency },
    version: row.version,
    placedAt: row.placed_at,
    updatedAt: row.updated_at,
  }))

export type OrderRow = z.infer<typeof order>
export type OrderConnectionRow = Connection<OrderRow>
export type UserRow = Reference<'user'>
export type ProductRow = Reference<'product'>

const columns = 'id, number, buyer_id, status, total_minor_units, currency, version, placed_at, updated_at'

const line = z
  .object({
    order_id: orderId,
    product_id: productId,
    quantity: z.number(),
    unit_price_minor_units: z.bigint(),
    currency: currencyCode,
  })
  .transform((row) => ({
    orderId: row.order_id,
    productId: row.product_id,
    quantity: row.quantity,
    unitPrice: { minorUnits: row.unit_price_minor_units, currencyCode: row.currency },
    total: { minorUnits: row.unit_price_minor_units * BigInt(row.quantity), currencyCode: row.currency },
  }))

export type OrderLineRow = z.infer<typeof line>

export const event = z
  .object({ order_id: orderId, version: z.number(), status, at: z.date(), reason: z.string().nullable() })
  .transform(({ order_id, ...rest }) => ({ orderId: order_id, ...rest }))

export type OrderEventRow = z.infer<typeof event>

/** A line of a new order. */
export interface NewLine {
  productId: ProductId
  quantity: number
  unitPrice: Money
}

/** Which orders of a list are meant; what is null does not matter. */
export interface Filter {
  statuses: OrderStatus[] | null
  placedFrom: Date | null
  placedBefore: Date | null
}

/** The order of a user's list of orders. */
export const NEWEST_FIRST: SortOrder = {
  name: 'PLACED_AT DESC',
  expression: 'placed_at',
  type: instant,
  direction: 'DESC',
}

export async function ordersByIds(db: Queries, ids: readonly OrderId[]): Promise<OrderRow[]> {
  return order
    .array()
    .parse(await db.query(`select ${columns} from orders where id = any($1::uuid[])`, [ids.map(uuidOf)]))
}

export async function linesOfOrders(db: Queries, ids: readonly OrderId[]): Promise<OrderLineRow[]> {
  const raw = await db.query(
    `select l.order_id, l.product_id, l.quantity, l.unit_price_minor_units, o.currency
     from order_lines l join orders o on o.id = l.order_id where l.order_id = any($1::uuid[]) order by l.order_id, l.position`,
    [ids.map(uuidOf)],
  )
  return line.array().parse(raw)
}

export async function eventsOfOrders(db: Queries, ids: readonly OrderId[]): Promise<OrderEventRow[]> {
  const raw = await db.query(
    'select order_id, version, status, at, reason from order_events where order_id = any($1::uuid[]) order by order_id, version',
    [ids.map(uuidOf)],
  )
  return event.array().parse(raw)
}

/** Writes a new order with its lines and the first event of its history. */
export async function insertOrder(
  db: Queries,
  id: OrderId,
  buyer: UserId,
  lines: NewLine[],
  total: Money,
): Promise<OrderRow> {
  const raw = await db.query(
    // lpad would cut numbers of more digits short.
    `insert into orders (id, number, buyer_id, status, total_minor_units, currency, version, placed_at, updated_at)
     select $1, to_char(now(), 'YYYY-') || lpad(n, greatest(6, length(n)), '0'), $2, 'PLACED', $3, $4, 1, now(), now()
     from (select nextval('order_numbers')::text as n) as next
     returning ${columns}`,
    [uuidOf(id), uuidOf(buyer), total.minorUnits, total.currencyCode],
  )
  await db.query(
    `insert into order_lines (order_id, position, product_id, quantity, unit_price_minor_units)
     select $1, l.position, l.product_id, l.quantity, l.price
     from unnest($2::uuid[], $3::int[], $4::bigint[]) with ordinality as l (product_id, quantity, price, position)`,
    [
      uuidOf(id),
      lines.map((each) => uuidOf(each.productId)),
      lines.map(({ quantity }) => quantity),
      lines.map(({ unitPrice }) => unitPrice.minorUnits),
    ],
  )
  const placed = order.parse(raw[0])
  await appendEvent(db, placed, null)
  return placed
}

/**
 * Moves an order on, if it is in one of the states given: nobody else has moved it then. Gives null when it is not.
 * @param buyer whose order it must be; null for anybody's.
 */
export async function moveOrder(
  db: Queries,
  id: OrderId,
  from: OrderStatus[],
  to: OrderStatus,
  buyer: UserId | null,
  reason: string | null,
): Promise<OrderRow | null> {
  const raw = await db.query(
    `update orders set status = $2, version = version + 1, updated_at = now()
     where id = $1 and status = any($3::order_status[]) and ($4::uuid is null or buyer_id = $4) returning ${columns}`,
    [uuidOf(id), to, from, buyer && uuidOf(buyer)],
  )
  const moved = order.array().parse(raw)[0]
  if (!moved) return null
  await appendEvent(db, moved, reason)
  return moved
}

async function appendEvent(
  db: Queries,
  { id, version, status: current, updatedAt }: OrderRow,
  reason: string | null,
): Promise<void> {
  await db.query('insert into order_events (order_id, version, status, at, reason) values ($1, $2, $3, $4, $5)', [
    uuidOf(id),
    version,
    current,
    updatedAt,
    reason,
  ])
}

const forgotten = z.object({ id: orderId })

/** Takes the name off one order, if it has one; gives the order then. */
export async function forgetBuyerOf(db: Queries, order: OrderId): Promise<OrderId[]> {
  const raw = await db.query('update orders set buyer_id = null where id = $1 and buyer_id is not null returning id', [
    uuidOf(order),
  ])
  return z
    .array(forgotten)
    .parse(raw)
    .map(({ id }) => id)
}

/** Takes a name off orders, so many at most, and gives those: fewer only when it is on none any more. */
export async function forgetBuyer(db: Queries, buyer: UserId, most: number): Promise<OrderId[]> {
  const raw = await db.query(
    `update orders set buyer_id = null where id in (
       select id from orders where buyer_id = $1 limit $2 for update
     ) returning id`,
    [uuidOf(buyer), most],
  )
  return z
    .array(forgotten)
    .parse(raw)
    .map(({ id }) => id)
}

const MATCHES = `buyer_id = buyer
  and ($2::order_status[] is null or status = any($2))
  and ($3::timestamptz is null or placed_at >= $3)
  and ($4::timestamptz is null or placed_at < $4)`

const matching = ({ statuses, placedFrom, placedBefore }: Filter) => [statuses, placedFrom, placedBefore]

const ofBuyer = z.object({ buyer: userId })

/** A page of the orders of each of several users, newest first. */
export async function orderPages(
  db: Queries,
  buyers: UserId[],
  filter: Filter,
  page: Page,
): Promise<Map<UserId, Slice<OrderRow>>> {
  const keyset = keysetOf(page, NEWEST_FIRST, 5)
  const raw = await db.query(
    `select buyer, bounds.*, page.* from unnest($1::uuid[]) as buyer
     cross join lateral ${keyset.from(columns, `orders where ${MATCHES}`)} order by buyer, ${keyset.orderBy}`,
    [buyers.map(uuidOf), ...matching(filter), ...keyset.values],
  )
  const byBuyer = Map.groupBy(raw, (row) => ofBuyer.parse(row).buyer)
  return new Map([...byBuyer].map(([buyer, rows]) => [buyer, sliceOf(rows, order, page)]))
}

const counted = ofBuyer.extend({ count: z.number() }).array()

/** How many orders of each of several users match. */
export async function countOrders(db: Queries, buyers: UserId[], filter: Filter): Promise<Map<UserId, number>> {
  const raw = await db.query(
    `select buyer, (select count(*)::int from orders where ${MATCHES}) as count from unnest($1::uuid[]) as buyer`,
    [buyers.map(uuidOf), ...matching(filter)],
  )
  return new Map(counted.parse(raw).map(({ buyer, count }) => [buyer, count]))
}
