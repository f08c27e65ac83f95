import { z } from 'zod'
import type { Connection, Page, Slice } from '../../platform/graphql/pages.ts'
import { idOf, isId, uuidOf, type Id } from '../../platform/ids.ts'
import { currencyCode, type CurrencyCode, type Money } from '../../platform/money.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { keysetOf, sliceOf, type SortOrder } from '../../platform/postgres/keyset.ts'
import { containing } from '../../platform/postgres/patterns.ts'

export type ProductId = Id<'product'>

const product = z
  .object({
    id: z.string().transform((uuid) => idOf('product', uuid)),
    sku: z.string(),
    name: z.string(),
    description: z.string(),
    price_minor_units: z.bigint(),
    price_currency: currencyCode,
    is_on_sale: z.boolean(),
    version: z.number(),
    created_at: z.date(),
    updated_at: z.date(),
  })
  .transform((row) => ({
    id: row.id,
    sku: row.sku,
    name: row.name,
    description: row.description,
    price: { minorUnits: row.price_minor_units, currencyCode: row.price_currency },
    isOnSale: row.is_on_sale,
    version: row.version,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }))

export type ProductRow = z.infer<typeof product>
export type ProductConnectionRow = Connection<ProductRow>

const columns =
  'id, sku, name, description, price_minor_units, price_currency, is_on_sale, version, created_at, updated_at'

/** What a change of a product can set. */
export interface ProductFields {
  name: string
  description: string
  price: Money
}

/** Prices of one currency that a list is to show, in minor units; null has no limit. */
export interface PriceRange {
  currencyCode: CurrencyCode
  least: bigint | null
  most: bigint | null
}

/** Which products of the catalogue are meant. */
export interface Filter {
  search: string | null
  prices: PriceRange[]
}

export async function productsByIds(db: Queries, ids: readonly ProductId[]): Promise<ProductRow[]> {
  return product
    .array()
    .parse(await db.query(`select ${columns} from products where id = any($1::uuid[])`, [ids.map(uuidOf)]))
}

export async function productsBySkus(db: Queries, skus: readonly string[]): Promise<ProductRow[]> {
  return product.array().parse(await db.query(`select ${columns} from products where sku = any($1::text[])`, [skus]))
}

/** The next products after an id, in the order of their ids; the first ones after null. */
export async function productsAfter(db: Queries, id: string | null): Promise<ProductRow[]> {
  const after = id && isId('product', id) ? uuidOf(id) : null
  const raw = await db.query(
    `select ${columns} from products where $1::uuid is null or id > $1 order by id limit 500`,
    [after],
  )
  return product.array().parse(raw)
}

/** Finds a product and locks it for the transaction. */
export async function lockProduct(db: Queries, id: ProductId): Promise<ProductRow | null> {
  const raw = await db.query(`select ${columns} from products where id = $1 for update`, [uuidOf(id)])
  return product.array().parse(raw)[0] ?? null
}

/** @throws DatabaseError that names `products_sku_key` when the SKU is taken. */
export async function insertProduct(
  db: Queries,
  id: ProductId,
  sku: string,
  { name, description, price }: ProductFields,
): Promise<ProductRow> {
  const raw = await db.query(
    `insert into products (id, sku, name, description, price_minor_units, price_currency) values ($1, $2, $3, $4, $5, $6) returning ${columns}`,
    [uuidOf(id), sku, name, description, price.minorUnits, price.currencyCode],
  )
  return product.parse(raw[0])
}

export async function updateProduct(
  db: Queries,
  id: ProductId,
  { name, description, price }: ProductFields,
): Promise<ProductRow> {
  const raw = await db.query(
    `update products set name = $2, description = $3, price_minor_units = $4, price_currency = $5, version = version + 1, updated_at = now()
     where id = $1 returning ${columns}`,
    [uuidOf(id), name, description, price.minorUnits, price.currencyCode],
  )
  return product.parse(raw[0])
}

/** Takes a product off sale. */
export async function retireProduct(db: Queries, id: ProductId): Promise<ProductRow> {
  const raw = await db.query(
    `update products set is_on_sale = false, version = version + 1, updated_at = now() where id = $1 returning ${columns}`,
    [uuidOf(id)],
  )
  return product.parse(raw[0])
}

/** Products on sale that match; prices are compared in their own currency. */
const CATALOGUE = `products join unnest($2::text[], $3::bigint[], $4::bigint[]) as range (currency, least, most) on price_currency = currency
  where is_on_sale
    and (least is null or price_minor_units >= least) and (most is null or price_minor_units <= most)
    and ($1::text is null or name ilike $1 or description ilike $1 or sku ilike $1)`

const matching = ({ search, prices }: Filter) => [
  search && containing(search),
  prices.map((range) => range.currencyCode),
  prices.map(({ least }) => least),
  prices.map(({ most }) => most),
]

/** A page of the catalogue. */
export async function productPage(
  db: Queries,
  filter: Filter,
  order: SortOrder,
  page: Page,
): Promise<Slice<ProductRow>> {
  const keyset = keysetOf(page, order, 5)
  const raw = await db.query(`select * from ${keyset.from(columns, CATALOGUE)} order by ${keyset.orderBy}`, [
    ...matching(filter),
    ...keyset.values,
  ])
  return sliceOf(raw, product, page)
}

export async function countProducts(db: Queries, filter: Filter): Promise<number> {
  const raw = await db.query(`select count(*)::int as count from ${CATALOGUE}`, matching(filter))
  return z.tuple([z.object({ count: z.number() })]).parse(raw)[0].count
}
