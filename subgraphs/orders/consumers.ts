import type { Consumers } from '../../platform/events/consumers.ts'
import type { EventPayloads } from '../../platform/events/events.ts'
import type { Transaction } from '../../platform/postgres/database.ts'
import { buyerOf, forgetContact, saveBuyer } from './buyer-store.ts'
import { saveOffer } from './catalogue-store.ts'
import { recordAnonymized, recordOrderEvent } from './events.ts'
import { forgetBuyer, forgetBuyerOf, moveOrder } from './store.ts'

/** Orders that lose their name at once: a buyer may have more than one statement has time for. */
const AT_ONCE = 1_000

export const consumers: Consumers = {
  /** Prices belong to products; orders keeps its own copy of them. */
  'product.created': copyProduct,
  'product.updated': copyProduct,
  'product.retired': copyProduct,

  /** To whom to write when an order is confirmed. */
  'user.registered': async ({ userId, username, email }, queries) => saveBuyer(queries, userId, { username, email }),

  /** Orders stay, without a name. */
  'user.deleted': async ({ userId }, queries) => {
    // First, so that an order that is confirmed meanwhile finds it, or waits for it.
    await forgetContact(queries, userId)
    for (let forgotten = AT_ONCE; forgotten === AT_ONCE;) {
      const orders = await forgetBuyer(queries, userId, AT_ONCE)
      await recordAnonymized(queries, orders)
      forgotten = orders.length
    }
  },

  /** Confirmation is work that no buyer waits for. */
  'order.placed': async ({ orderId, buyerId }, queries) => {
    // The account may have been deleted while the order was placed.
    if (buyerId && (await buyerOf(queries, buyerId, 'locked')) === 'deleted') {
      await recordAnonymized(queries, await forgetBuyerOf(queries, orderId))
    }
    const confirmed = await moveOrder(queries, orderId, ['PLACED'], 'CONFIRMED', null, null)
    if (confirmed) await recordOrderEvent(queries, 'order.confirmed', confirmed)
  },
}

async function copyProduct(
  { productId, sku, price, isOnSale }: EventPayloads['product.updated'],
  queries: Transaction,
  version: number,
): Promise<void> {
  const { minorUnits, currencyCode } = price
  await saveOffer(queries, {
    productId,
    sku,
    price: { minorUnits: BigInt(minorUnits), currencyCode },
    isOnSale,
    version,
  })
}
