import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import { eventually } from './eventually.ts'
import type { GraphClient } from './graph-client.ts'
import type { TestGraph } from './start-graph.ts'

export const PLACE = `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) {
  __typename
  ... on PlaceOrderSuccess { isRepeat order { id number status total { amount currencyCode } lines { quantity product { id } unitPrice { amount } total { amount } } } }
  ... on OutOfStock { message shortages { product { id } requestedQuantity availableQuantity } }
  ... on PriceChanged { message changes { product { id } expectedUnitPrice { amount } unitPrice { amount currencyCode } } }
  ... on ProductsUnavailable { message productIds }
  ... on IdempotencyKeyReused { message }
  ... on InvalidInput { message fields { path message } }
} }`

const CREATE = `mutation ($input: CreateProductInput!) { createProduct(input: $input) { ... on CreateProductSuccess { product { id } } } }`
export const ADJUST = `mutation ($input: AdjustStockInput!) { adjustStock(input: $input) { __typename
  ... on AdjustStockSuccess { product { id availableQuantity } } ... on OutOfStock { shortages { requestedQuantity availableQuantity } } ... on InvalidInput { fields { path } } } }`

let count = 0

/** Puts a product on sale with some units, and waits until orders knows of it. */
export async function stockedProduct(
  admin: GraphClient,
  units: number,
  price: { amount: string; currencyCode: string } = { amount: '10.00', currencyCode: 'EUR' },
): Promise<string> {
  const input = { sku: `SHOP-${process.pid}-${++count}`, name: 'For sale', price }
  const { id } = (await admin.data(CREATE, { input })).createProduct.product
  await eventually(async () => expect((await available(admin, id)) !== null).toBe(true))
  if (units > 0) await admin.data(ADJUST, { input: { productId: id, delta: units, idempotencyKey: randomUUID() } })
  return id
}

/** Units that can be ordered now. */
export async function available(client: GraphClient, id: string): Promise<number | null> {
  return (await client.data('query ($id: ID!) { product(id: $id) { availableQuantity } }', { id })).product
    .availableQuantity
}

const BUSY = new Set(['UNAVAILABLE', 'TIMEOUT'])

/** Places an order of one unit of each product, or as told. */
export async function place(
  client: GraphClient,
  lines: { productId: string; quantity?: number; expectedUnitPrice?: object }[],
  idempotencyKey: string = randomUUID(),
) {
  const input = { idempotencyKey, lines: lines.map((line) => ({ quantity: 1, ...line })) }
  for (;;) {
    const { data, errors } = await client.send(PLACE, { input })
    // As a client does whose request met a server that had too much to do: the key makes it safe to try again.
    if (errors.length > 0 && errors.every(({ extensions }) => BUSY.has(extensions.code))) continue
    expect(errors).toEqual([])
    return data.placeOrder
  }
}

/** What must hold of stock and orders at any moment. */
export async function expectBooksToBalance(graph: TestGraph): Promise<void> {
  const wrong = await graph.database.sql(`
    select s.product_id from orders.stock s
    left join (select l.product_id, sum(l.quantity) as units from orders.order_lines l join orders.orders o on o.id = l.order_id
               where o.status in ('PLACED', 'CONFIRMED') group by l.product_id) live using (product_id)
    where s.reserved <> coalesce(live.units, 0) or s.reserved < 0 or s.reserved > s.on_hand`)
  expect(wrong).toEqual([])
  const totals = await graph.database.sql(`
    select o.id from orders.orders o where o.total_minor_units <> (select sum(l.quantity * l.unit_price_minor_units) from orders.order_lines l where l.order_id = o.id)`)
  expect(totals).toEqual([])
}
