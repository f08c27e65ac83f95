import { UnavailableError } from '../../platform/graphql/errors.ts'
import type { Reactions } from '../../platform/events/consumers.ts'
import type { Mail, Mailer } from '../../platform/mail.ts'
import { formatAmount } from '../../platform/money.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { buyerOf, type Buyer } from './buyer-store.ts'
import { offersOf } from './catalogue-store.ts'
import { linesOfOrders, ordersByIds, type OrderLineRow, type OrderRow } from './store.ts'

/** Mails that tell buyers of their orders. */
export function mailReactions(db: Queries, send: Mailer): Reactions {
  return {
    'order.confirmed': async ({ orderId }) => {
      const [order] = await ordersByIds(db, [orderId])
      const buyer = order?.buyerId ? await buyerOf(db, order.buyerId) : 'deleted'
      // Who has deleted the account meanwhile gets no mail, nor does who has cancelled the order.
      if (!order || buyer === 'deleted' || order.status === 'CANCELLED') return
      // Another subgraph tells of accounts, so its event may come after the order's.
      if (buyer === 'unknown') throw new UnavailableError({ cause: new Error('the buyer is not known yet') })
      const lines = await linesOfOrders(db, [orderId])
      const offers = await offersOf(
        db,
        lines.map(({ productId }) => productId),
      )
      await send(confirmation(order, buyer, lines, (line) => offers.get(line.productId)?.sku ?? ''))
    },
  }
}

function confirmation(
  { id, number, total }: OrderRow,
  { email, username }: Buyer,
  lines: OrderLineRow[],
  skuOf: (line: OrderLineRow) => string,
): Mail {
  const rows = lines.map(
    (line) =>
      `${String(line.quantity).padStart(5)} × ${skuOf(line)}  ${formatAmount(line.total)} ${total.currencyCode}`,
  )
  return {
    to: email,
    subject: `Your order ${number} is confirmed`,
    text: [
      `Hello ${username},`,
      '',
      `your order ${number} is confirmed:`,
      '',
      ...rows,
      '',
      `Total: ${formatAmount(total)} ${total.currencyCode}`,
      '',
    ].join('\n'),
    key: `confirmation-of-${id}`,
  }
}
