import { recordEvents } from '../../platform/events/outbox-store.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import type { Stock } from './stock-store.ts'
import type { OrderId, OrderRow } from './store.ts'

/** Tells the others what happened to an order, in the transaction of the change. */
export async function recordOrderEvent(
  queries: Transaction,
  type: 'order.placed' | 'order.confirmed' | 'order.shipped' | 'order.cancelled',
  { id, version, buyerId }: OrderRow,
): Promise<void> {
  await recordEvents(queries, [{ type, aggregateId: id, version, payload: { orderId: id, buyerId } }])
}

/** Tells the others that orders have no buyer any more, in the transaction of the change. */
export async function recordAnonymized(queries: Transaction, orders: OrderId[]): Promise<void> {
  await recordEvents(
    queries,
    orders.map((orderId) => ({
      type: 'order.anonymized',
      aggregateId: `buyer of ${orderId}`,
      version: 1,
      payload: { orderId },
    })),
  )
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
