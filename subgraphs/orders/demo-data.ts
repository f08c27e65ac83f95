import { demoCustomer } from '../../platform/demo-accounts.ts'
import { demoProducts } from '../../platform/demo-products.ts'
import { newId } from '../../platform/ids.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { saveOffer } from './catalogue-store.ts'
import { recordOrderEvent, recordStockEvents } from './events.ts'
import { adjust, reserve } from './stock-store.ts'
import { insertOrder } from './store.ts'

const UNITS = 100

/** Stock for the demo catalogue, and an order of the demo customer. */
export async function writeDemoData(queries: Transaction): Promise<void> {
  for (const { id, sku, price } of demoProducts) {
    // What products will tell of them too: until that has come, they can be ordered already.
    await saveOffer(queries, { productId: id, sku, price, isOnSale: true, version: 0 })
    const stock = await adjust(queries, { productId: id, quantity: UNITS })
    if (stock) await recordStockEvents(queries, [stock])
  }
  const lines = demoProducts.slice(0, 2).map(({ id, price }) => ({ productId: id, quantity: 2, unitPrice: price }))
  await recordStockEvents(queries, await reserve(queries, lines))
  const minorUnits = lines.reduce((sum, { quantity, unitPrice }) => sum + unitPrice.minorUnits * BigInt(quantity), 0n)
  const order = await insertOrder(queries, newId('order'), demoCustomer.id, lines, { minorUnits, currencyCode: 'EUR' })
  await recordOrderEvent(queries, 'order.placed', order)
}
