import { recordEvents } from '../../platform/events/outbox.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import type { Stock } from './stock-store.ts'
import type { OrderRow } from './store.ts'

/** Tells the others what happened to an order, in the transaction of the change. */
export async function recordOrderEvent(
  queries: Transaction,
  type: 'order.placed' | 'order.confirmed' | 'order.shipped' | 'order.cancelled',
  { id, version, buyerId }: OrderRow,
): Promise<void> {
  await recordEvents(queries, [{ type, aggregateId: id, version, payload: { orderId: id, buyerId } }])
}

/** Tells the others how many units there are now, in the transaction of the change. */
export async function recordStockEvents(queries: Transaction, stock: Stock[]): Promise<void> {
  await recordEvents(
    queries,
    stock.map(({ productId, onHand, reserved, version }) => ({
      type: 'stock.changed',
      aggregateId: `stock of ${productId}`,
      version,
      payload: { productId, availableQuantity: onHand - reserved },
    })),
  )
}
