import { z } from 'zod'
import { idOf, uuidOf, type Id } from '../../platform/ids.ts'
import { currencyCode, type Money } from '../../platform/money.ts'
import type { Queries } from '../../platform/postgres/database.ts'

export type ProductId = Id<'product'>

const offer = z
  .object({
    id: z.string().transform((uuid) => idOf('product', uuid)),
    sku: z.string(),
    price_minor_units: z.bigint(),
    price_currency: currencyCode,
    is_on_sale: z.boolean(),
    version: z.number(),
  })
  .transform((row): Offer => ({
    productId: row.id,
    sku: row.sku,
    price: { minorUnits: row.price_minor_units, currencyCode: row.price_currency },
    isOnSale: row.is_on_sale,
    version: row.version,
  }))

/** A product as orders knows it. */
export interface Offer {
  productId: ProductId
  sku: string
  price: Money
  isOnSale: boolean
  version: number
}

/** What orders knows of some products; unknown ones are left out. */
export async function offersOf(db: Queries, ids: readonly ProductId[]): Promise<Map<ProductId, Offer>> {
  const raw = await db.query(
    'select id, sku, price_minor_units, price_currency, is_on_sale, version from products where id = any($1::uuid[])',
    [ids.map(uuidOf)],
  )
  return new Map(
    offer
      .array()
      .parse(raw)
      .map((each) => [each.productId, each]),
  )
}

/** Takes over what products told, unless something newer was told before. */
export async function saveOffer(db: Queries, { productId, sku, price, isOnSale, version }: Offer): Promise<void> {
  await db.query(
    `insert into products (id, sku, price_minor_units, price_currency, is_on_sale, version) values ($1, $2, $3, $4, $5, $6)
     on conflict (id) do update set sku = excluded.sku, price_minor_units = excluded.price_minor_units,
       price_currency = excluded.price_currency, is_on_sale = excluded.is_on_sale, version = excluded.version
     where products.version < excluded.version`,
    [uuidOf(productId), sku, price.minorUnits, price.currencyCode, isOnSale, version],
  )
}
