import { demoProducts } from '../../platform/demo-products.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { recordProductEvent } from './events.ts'
import { insertProduct } from './store.ts'

/** The demo catalogue. */
export async function writeDemoData(queries: Transaction): Promise<void> {
  for (const { id, sku, ...fields } of demoProducts) {
    await recordProductEvent(queries, 'product.created', await insertProduct(queries, id, sku, fields))
  }
}
