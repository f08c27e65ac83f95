import type { Snapshot } from '../../platform/events/catch-up.ts'
import { recordEvents } from '../../platform/events/outbox-store.ts'
import type { NewEventOf } from '../../platform/events/events.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { productsAfter, type ProductRow } from './store.ts'

type ProductEventType = 'product.created' | 'product.updated' | 'product.retired'

/** Tells the others what a product is after a change, in the transaction of the change; gives the product. */
export async function recordProductEvent(
  queries: Transaction,
  type: ProductEventType,
  product: ProductRow,
): Promise<ProductRow> {
  await recordEvents(queries, [eventOf(type, product)])
  return product
}

function eventOf(
  type: ProductEventType,
  { id, sku, price, isOnSale, version }: ProductRow,
): NewEventOf<ProductEventType> {
  const amount = { minorUnits: price.minorUnits.toString(), currencyCode: price.currencyCode }
  return { type, aggregateId: id, version, payload: { productId: id, sku, price: amount, isOnSale } }
}

/** All products as they are, for those who begin to listen. */
export const snapshot: Snapshot = {
  types: ['product.updated'],
  read: async (queries, after) =>
    (await productsAfter(queries, after)).map((product) => eventOf('product.updated', product)),
}
