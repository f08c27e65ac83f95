import type { Queries } from '../../platform/postgres/database.ts'
import { allEvents, allOrders, reservedUnits, type OrderEventRow } from './verify-store.ts'

/** What an order is, as far as its history tells. */
type Rebuilt = Pick<OrderEventRow, 'version' | 'status' | 'at'>

/**
 * Rebuilds the present state of every order from its history, and of the stock from the orders, and compares it with
 * what the tables say. @returns each difference, in words; none when the books are right.
 */
export async function verify(queries: Queries): Promise<string[]> {
  const rebuilt = rebuild(await allEvents(queries))
  const differences = (await allOrders(queries)).flatMap(({ id, version, status, updatedAt }) => {
    const {
      version: expectedVersion,
      status: expectedStatus,
      at,
    } = rebuilt.get(id) ?? { version: 0, status: 'no history', at: null }
    const isSame = version === expectedVersion && status === expectedStatus && updatedAt.getTime() === at?.getTime()
    return isSame
      ? []
      : [
          `${id} is ${status} at version ${version}, and its history says ${expectedStatus} at version ${expectedVersion}`,
        ]
  })
  const stock = await reservedUnits(queries)
  const wrong = stock.filter(({ reserved, expected }) => reserved !== expected)
  return [
    ...differences,
    ...wrong.map(
      ({ productId, reserved, expected }) =>
        `${productId} has ${reserved} units reserved, and its orders say ${expected}`,
    ),
  ]
}

/** Applies events in the order of their versions; one that is missing leaves the order where it was. */
function rebuild(events: OrderEventRow[]): Map<string, Rebuilt> {
  const state = new Map<string, Rebuilt>()
  for (const { orderId, version, status, at } of events) {
    if (version === (state.get(orderId)?.version ?? 0) + 1) state.set(orderId, { version, status, at })
  }
  return state
}
