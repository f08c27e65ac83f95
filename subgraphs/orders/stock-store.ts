import { z } from 'zod'
import { idOf, uuidOf } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import type { ProductId } from './catalogue-store.ts'

const productId = z.string().transform((uuid) => idOf('product', uuid))

const stock = z
  .object({ product_id: productId, on_hand: z.number(), reserved: z.number(), version: z.number() })
  .transform((row) => ({
    productId: row.product_id,
    onHand: row.on_hand,
    reserved: row.reserved,
    version: row.version,
  }))

/** How many units of a product there are, and how many of them are promised. */
export type Stock = z.infer<typeof stock>

/** Some units of a product. */
export interface Units {
  productId: ProductId
  quantity: number
}

const columns = 'product_id, on_hand, reserved, version'
const available = z.object({ product_id: productId, available: z.number() }).array()

const byColumn = (units: Units[]) => [
  units.map(({ productId: id }) => uuidOf(id)),
  units.map(({ quantity }) => quantity),
]

/** Units that can be ordered, of each product that orders knows. */
export async function availableOf(
  db: Queries,
  ids: readonly ProductId[],
): Promise<{ productId: ProductId; quantity: number }[]> {
  const raw = await db.query(
    `select p.id as product_id, coalesce(s.on_hand - s.reserved, 0) as available
     from products p left join stock s on s.product_id = p.id where p.id = any($1::uuid[])`,
    [ids.map(uuidOf)],
  )
  return available.parse(raw).map((row) => ({ productId: row.product_id, quantity: row.available }))
}

/** Locks the stock of products in the order of their ids, so that no two transactions wait for each other. */
export async function lockStock(db: Queries, ids: ProductId[]): Promise<Map<ProductId, Stock>> {
  const raw = await db.query(
    `select ${columns} from stock where product_id = any($1::uuid[]) order by product_id for update`,
    [ids.map(uuidOf)],
  )
  return new Map(
    stock
      .array()
      .parse(raw)
      .map((row) => [row.productId, row]),
  )
}

/** Reserves units where there are enough; gives the products that had them. */
export async function reserve(db: Queries, units: Units[]): Promise<Stock[]> {
  const raw = await db.query(
    `update stock s set reserved = s.reserved + u.quantity, version = s.version + 1
     from unnest($1::uuid[], $2::int[]) as u (id, quantity)
     where s.product_id = u.id and s.on_hand - s.reserved >= u.quantity returning ${columns}`,
    byColumn(units),
  )
  return stock.array().parse(raw)
}

/** Gives reserved units back to whoever orders next. */
export async function release(db: Queries, units: Units[]): Promise<Stock[]> {
  const raw = await db.query(
    `update stock s set reserved = s.reserved - u.quantity, version = s.version + 1
     from unnest($1::uuid[], $2::int[]) as u (id, quantity) where s.product_id = u.id returning ${columns}`,
    byColumn(units),
  )
  return stock.array().parse(raw)
}

/** Takes reserved units out of the warehouse. */
export async function dispatch(db: Queries, units: Units[]): Promise<Stock[]> {
  const raw = await db.query(
    `update stock s set on_hand = s.on_hand - u.quantity, reserved = s.reserved - u.quantity, version = s.version + 1
     from unnest($1::uuid[], $2::int[]) as u (id, quantity) where s.product_id = u.id returning ${columns}`,
    byColumn(units),
  )
  return stock.array().parse(raw)
}

/** Adds units, or takes out some that are not reserved; gives null when there are too few, or would be too many. */
export async function adjust(db: Queries, { productId: id, quantity }: Units): Promise<Stock | null> {
  await db.query('insert into stock (product_id, version) values ($1, 0) on conflict do nothing', [uuidOf(id)])
  const raw = await db.query(
    `update stock set on_hand = on_hand + $2, version = version + 1
     where product_id = $1 and on_hand + $2 between reserved and 1000000000 returning ${columns}`,
    [uuidOf(id), quantity],
  )
  return stock.array().parse(raw)[0] ?? null
}
