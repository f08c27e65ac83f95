import { z } from 'zod'
import { InputRules, type InvalidInput } from '../../platform/graphql/invalid-input.ts'
import { isId, newId, type UserId } from '../../platform/ids.ts'
import { currencyCode, parseAmount, type Money } from '../../platform/money.ts'
import type { Database, Transaction } from '../../platform/postgres/database.ts'
import { offersOf, type Offer, type ProductId } from './catalogue-store.ts'
import type { PlaceOrderInput, PlaceOrderLineInput } from './generated.ts'
import { once, type Outcome } from './idempotency.ts'
import { recordOrderEvent, recordStockEvents } from './events.ts'
import * as remembered from './remembered-answers.ts'
import { lockStock, reserve } from './stock-store.ts'
import { insertOrder, type NewLine } from './store.ts'

const money = z.object({ minorUnits: z.coerce.bigint(), currencyCode })

/** The answers that are remembered with a key: an order by its id, refusals as they were told. */
const placement = z.discriminatedUnion('__typename', [
  z.object({ __typename: z.literal('PlaceOrderSuccess'), orderId: z.string().refine((id) => isId('order', id)) }),
  z.object({ __typename: z.literal('ProductsUnavailable'), message: z.string(), productIds: z.array(z.string()) }),
  z.object({
    __typename: z.literal('PriceChanged'),
    message: z.string(),
    changes: z.array(z.object({ product: remembered.product, expectedUnitPrice: money, unitPrice: money })),
  }),
  remembered.outOfStock,
  remembered.invalidInput,
])
export type Placement = z.infer<typeof placement>

/** A line with what orders knows of its product. */
interface OfferedLine {
  line: PlaceOrderLineInput
  offer: Offer
}

/**
 * Places an order in one transaction: key, stock, order with its prices, history and events are all there, or none.
 * Rules that the input alone breaks are told without taking the key, since no repeat can be answered otherwise.
 */
export async function placeOrder(
  database: Database,
  buyer: UserId,
  input: PlaceOrderInput,
): Promise<Outcome<Placement>> {
  const invalid = inputRules(input).result()
  if (invalid) return { isReused: false, isRepeat: false, answer: invalid }
  const request = {
    user: buyer,
    operation: 'placeOrder',
    key: input.idempotencyKey,
    input: input.lines.map(({ productId, quantity, expectedUnitPrice }) => ({
      productId,
      quantity,
      ...(expectedUnitPrice && { expectedUnitPrice }),
    })),
    answers: placement,
  }
  return once(database, request, (queries) => place(queries, buyer, input.lines))
}

/** Characters of an id; those that there are have fewer. */
const LONGEST_ID = 100

function inputRules({ idempotencyKey, lines }: PlaceOrderInput): InputRules {
  const rules = new InputRules()
    .length(idempotencyKey, 'idempotencyKey', 1, 255)
    .require(lines.length >= 1 && lines.length <= 50, 'lines', 'Must be 1 to 50 lines.')
  const seen = new Set<string>()
  for (const [index, { productId, quantity, expectedUnitPrice }] of lines.slice(0, 51).entries()) {
    const at = (...names: string[]) => ['lines', String(index), ...names]
    // It is kept with the answer, whether there is such a product or not.
    rules.require(productId.length <= LONGEST_ID, at('productId'), `Must be at most ${LONGEST_ID} characters long.`)
    rules.require(quantity >= 1 && quantity <= 1_000, at('quantity'), 'Must be 1 to 1,000.')
    rules.require(
      !seen.has(productId),
      at('productId'),
      'Another line has this product: order it once, with the sum of both.',
    )
    rules.require(
      !expectedUnitPrice || priceOf(expectedUnitPrice) !== null,
      at('expectedUnitPrice', 'amount'),
      'Must have at most the digits of its currency after the point.',
    )
    seen.add(productId)
  }
  return rules
}

function priceOf({
  amount,
  currencyCode: code,
}: {
  amount: string
  currencyCode: Money['currencyCode']
}): Money | null {
  const minorUnits = parseAmount(amount, code)
  return minorUnits === null ? null : { minorUnits, currencyCode: code }
}

async function place(queries: Transaction, buyer: UserId, lines: PlaceOrderLineInput[]): Promise<Placement> {
  const offers = await offersOf(
    queries,
    lines.map(({ productId }) => productId).filter((id) => isId('product', id)),
  )
  const offered = lines.flatMap((line) => {
    const offer = isId('product', line.productId) ? offers.get(line.productId) : undefined
    return offer?.isOnSale ? [{ line, offer }] : []
  })
  if (offered.length < lines.length) return unavailable(lines, offered)
  const refusal = mixedCurrencies(offered) ?? changedPrices(offered) ?? (await takeFromStock(queries, offered))
  if (refusal) return refusal
  const newLines = offered.map(({ line, offer }): NewLine => ({
    productId: offer.productId,
    quantity: line.quantity,
    unitPrice: offer.price,
  }))
  const order = await insertOrder(queries, newId('order'), buyer, newLines, totalOf(newLines))
  await recordOrderEvent(queries, 'order.placed', order)
  return { __typename: 'PlaceOrderSuccess', orderId: order.id }
}

function unavailable(lines: PlaceOrderLineInput[], offered: OfferedLine[]): Placement {
  const known = new Set<string>(offered.map(({ offer }) => offer.productId))
  const productIds = lines.map(({ productId }) => productId).filter((id) => !known.has(id))
  return {
    __typename: 'ProductsUnavailable',
    message: 'Nothing was ordered: some products do not exist or are not on sale.',
    productIds,
  }
}

function mixedCurrencies(offered: OfferedLine[]): InvalidInput | null {
  const rules = new InputRules()
  const first = offered[0]?.offer.price.currencyCode
  for (const [index, { offer }] of offered.entries()) {
    rules.require(
      offer.price.currencyCode === first,
      ['lines', String(index), 'productId'],
      `Costs ${offer.price.currencyCode}, and the first line ${first}: order them apart.`,
    )
  }
  return rules.result()
}

function changedPrices(offered: OfferedLine[]): Placement | null {
  const changes = offered.flatMap(({ line, offer }) => {
    const expected = line.expectedUnitPrice ? priceOf(line.expectedUnitPrice) : null
    const isSame =
      !expected ||
      (expected.minorUnits === offer.price.minorUnits && expected.currencyCode === offer.price.currencyCode)
    return isSame ? [] : [{ product: { id: offer.productId }, expectedUnitPrice: expected, unitPrice: offer.price }]
  })
  return changes.length > 0
    ? { __typename: 'PriceChanged', message: 'Nothing was ordered: some prices are not the expected ones.', changes }
    : null
}

/** Reserves every line, or none and tells what is short. Rows are locked in the order of their ids. */
async function takeFromStock(queries: Transaction, offered: OfferedLine[]): Promise<Placement | null> {
  const units = offered.map(({ line, offer }) => ({ productId: offer.productId, quantity: line.quantity }))
  const stock = await lockStock(
    queries,
    units.map(({ productId }) => productId),
  )
  const availableOf = (id: ProductId) => (stock.get(id)?.onHand ?? 0) - (stock.get(id)?.reserved ?? 0)
  const shortages = units
    .filter(({ productId, quantity }) => availableOf(productId) < quantity)
    .map(({ productId, quantity }) => ({
      product: { id: productId },
      requestedQuantity: quantity,
      availableQuantity: availableOf(productId),
    }))
  if (shortages.length > 0)
    return {
      __typename: 'OutOfStock',
      message: 'Nothing was ordered: some products do not have enough units.',
      shortages,
    }
  const reserved = await reserve(queries, units)
  if (reserved.length < units.length) throw new Error('stock that was locked is gone')
  await recordStockEvents(queries, reserved)
  return null
}

function totalOf(lines: NewLine[]): Money {
  const [first] = lines
  if (!first) throw new Error('an order without lines has no total')
  const minorUnits = lines.reduce((sum, { quantity, unitPrice }) => sum + unitPrice.minorUnits * BigInt(quantity), 0n)
  return { minorUnits, currencyCode: first.unitPrice.currencyCode }
}
