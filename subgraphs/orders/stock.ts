import { z } from 'zod'
import { InputRules, invalidInput } from '../../platform/graphql/invalid-input.ts'
import { isId, type UserId } from '../../platform/ids.ts'
import type { Database, Transaction } from '../../platform/postgres/database.ts'
import { offersOf, type ProductId } from './catalogue-store.ts'
import type { AdjustStockInput } from './generated.ts'
import { once, type Outcome } from './idempotency.ts'
import * as remembered from './remembered-answers.ts'
import { adjust, lockStock } from './stock-store.ts'
import { recordStockEvents } from './events.ts'

const adjustment = z.discriminatedUnion('__typename', [
  z.object({ __typename: z.literal('AdjustStockSuccess'), product: remembered.product }),
  z.object({ __typename: z.literal('ProductNotFound'), message: z.string() }),
  remembered.outOfStock,
  remembered.invalidInput,
])
export type Adjustment = z.infer<typeof adjustment>

const MOST_UNITS = 1_000_000
const TOO_MANY = { path: ['delta'], message: 'There would be more than 1,000,000,000 units on hand.' }

/** Adds units to the stock of a product, or takes some out, once for a key. */
export async function adjustStock(
  database: Database,
  user: UserId,
  { productId, delta, idempotencyKey }: AdjustStockInput,
): Promise<Outcome<Adjustment>> {
  const invalid = new InputRules()
    .length(idempotencyKey, 'idempotencyKey', 1, 255)
    .require(delta !== 0 && Math.abs(delta) <= MOST_UNITS, 'delta', 'Must be 1 to 1,000,000, or -1,000,000 to -1.')
    .result()
  if (invalid) return { isReused: false, isRepeat: false, answer: invalid }
  const request = {
    user,
    operation: 'adjustStock',
    key: idempotencyKey,
    input: { productId, delta },
    answers: adjustment,
    // Orders hears of a product a moment after it was created.
    isPassing: ({ __typename }: Adjustment) => __typename === 'ProductNotFound',
  }
  return once(database, request, (queries) => change(queries, productId, delta))
}

async function change(queries: Transaction, id: string, delta: number): Promise<Adjustment> {
  if (!isId('product', id) || !(await offersOf(queries, [id])).has(id))
    return { __typename: 'ProductNotFound', message: 'There is no such product.' }
  const changed = await adjust(queries, { productId: id, quantity: delta })
  if (!changed) return delta > 0 ? invalidInput(TOO_MANY) : outOfStock(queries, id, delta)
  await recordStockEvents(queries, [changed])
  return { __typename: 'AdjustStockSuccess', product: { id } }
}

async function outOfStock(queries: Transaction, id: ProductId, delta: number): Promise<Adjustment> {
  const stock = (await lockStock(queries, [id])).get(id)
  const availableQuantity = (stock?.onHand ?? 0) - (stock?.reserved ?? 0)
  return {
    __typename: 'OutOfStock',
    message: 'Nothing was taken out: there are not enough units that no order has.',
    shortages: [{ product: { id }, requestedQuantity: -delta, availableQuantity }],
  }
}
