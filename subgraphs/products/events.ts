import { recordEvents } from '../../platform/events/outbox.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import type { ProductRow } from './store.ts'

/** Tells the others what a product is after a change, in the transaction of the change; gives the product. */
export async function recordProductEvent(
  queries: Queries,
  type: 'product.created' | 'product.updated' | 'product.retired',
  product: ProductRow,
): Promise<ProductRow> {
  const { id, sku, price, isOnSale, version } = product
  const payload = {
    productId: id,
    sku,
    price: { minorUnits: price.minorUnits.toString(), currencyCode: price.currencyCode },
    isOnSale,
  }
  await recordEvents(queries, [{ type, aggregateId: id, version, payload }])
  return product
}
