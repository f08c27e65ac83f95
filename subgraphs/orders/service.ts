import { noteMutation } from '../../platform/audit/role-use.ts'
import { signedIn } from '../../platform/graphql/signed-in.ts'
import { InputRules, type InvalidInput } from '../../platform/graphql/invalid-input.ts'
import { connectionOf, readPage } from '../../platform/graphql/pages.ts'
import { isId, type UserId } from '../../platform/ids.ts'
import { mayActFor, type Viewer } from '../../platform/identity/viewer.ts'
import type { Database, Transaction } from '../../platform/postgres/database.ts'
import type { ProductId } from './catalogue-store.ts'
import type { AdjustStockInput, CancelOrderInput, OrderFilter, PlaceOrderInput, UserOrdersArgs } from './generated.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { placeOrder, type Placement } from './placing.ts'
import { adjustStock, type Adjustment } from './stock.ts'
import { dispatch, lockStock, release } from './stock-store.ts'
import {
  linesOfOrders,
  moveOrder,
  NEWEST_FIRST,
  ordersByIds,
  type Filter,
  type OrderConnectionRow,
  type OrderEventRow,
  type OrderId,
  type OrderLineRow,
  type OrderRow,
  type OrderStatus,
} from './store.ts'
import { recordOrderEvent, recordStockEvents } from './events.ts'

export interface OrderNotFound {
  __typename: 'OrderNotFound'
  message: string
}
const orderNotFound: OrderNotFound = {
  __typename: 'OrderNotFound',
  message: 'There is no such order, or it is not yours.',
}

export interface IdempotencyKeyReused {
  __typename: 'IdempotencyKeyReused'
  message: string
}
const keyReused: IdempotencyKeyReused = {
  __typename: 'IdempotencyKeyReused',
  message: 'This key was used before with another input. Make a new key for each new attempt.',
}

type Refusal = Exclude<Placement, { __typename: 'PlaceOrderSuccess' }>
export type PlaceResult =
  | { __typename: 'PlaceOrderSuccess'; order: OrderRow; isRepeat: boolean }
  | Refusal
  | IdempotencyKeyReused

/** A step of an order's life, and from where it can be taken. */
interface Step {
  from: OrderStatus[]
  to: OrderStatus
  event: 'order.confirmed' | 'order.shipped' | 'order.cancelled'
}
const CANCEL: Step = { from: ['PLACED', 'CONFIRMED'], to: 'CANCELLED', event: 'order.cancelled' }
const SHIP: Step = { from: ['CONFIRMED'], to: 'SHIPPED', event: 'order.shipped' }

/** Orders, as one viewer may see and change them. */
export class OrdersService {
  readonly #viewer: Viewer | null
  readonly #database: Database
  #loaders: Loaders

  constructor(viewer: Viewer | null, database: Database) {
    this.#viewer = viewer
    this.#database = database
    this.#loaders = createLoaders(database)
  }

  /** One order; null when there is none, or the viewer may not see it. */
  async find(id: string): Promise<OrderRow | null> {
    if (!this.#viewer || !isId('order', id)) return null
    const order = await this.#loaders.orderById.load(id)
    return order && this.#maySee(order) ? order : null
  }

  /** A page of a user's orders; null when the viewer may not see them. */
  async list(buyer: UserId, args: UserOrdersArgs): Promise<OrderConnectionRow | null> {
    if (!mayActFor(this.#viewer, buyer)) return null
    const filter = readFilter(args.filter ?? {})
    const page = readPage(args, NEWEST_FIRST.name, NEWEST_FIRST.type.accepts)
    const slice = await this.#loaders.pageOfUser(buyer, { filter, page })
    return (
      slice && connectionOf(slice, NEWEST_FIRST.name, async () => (await this.#loaders.countOfUser(buyer, filter)) ?? 0)
    )
  }

  async linesOf({ id }: OrderRow): Promise<OrderLineRow[]> {
    return this.#loaders.linesOfOrder.load(id)
  }

  /** What happened to an order up to the version given: its status is always that of the last of them. */
  async historyOf({ id, version }: OrderRow): Promise<OrderEventRow[]> {
    const events = await this.#loaders.eventsOfOrder.load(id)
    return events.filter((event) => event.version <= version)
  }

  /** Units of a product that can be ordered now; null when orders does not know the product. */
  async availableOf(id: ProductId): Promise<number | null> {
    return (await this.#loaders.availableOfProduct.load(id))?.quantity ?? null
  }

  async place(input: PlaceOrderInput): Promise<PlaceResult> {
    const { userId } = signedIn(this.#viewer)
    const outcome = await this.#changing(() => placeOrder(this.#database, userId, input))
    if (outcome.isReused) return keyReused
    const { answer, isRepeat } = outcome
    if (answer.__typename !== 'PlaceOrderSuccess') return answer
    const order = await this.#loaders.orderById.load(answer.orderId)
    if (!order) throw new Error(`the order ${answer.orderId} of an idempotency key is gone`)
    return { __typename: 'PlaceOrderSuccess', order, isRepeat }
  }

  async adjustStock(input: AdjustStockInput): Promise<Adjustment | IdempotencyKeyReused> {
    const { userId } = signedIn(this.#viewer)
    const outcome = await this.#changing(() => adjustStock(this.#database, userId, input))
    return outcome.isReused ? keyReused : outcome.answer
  }

  async cancel({
    id,
    reason,
  }: CancelOrderInput): Promise<
    OrderRow | OrderNotFound | { __typename: 'OrderNotCancellable'; message: string; order: OrderRow } | InvalidInput
  > {
    const invalid = new InputRules().length(reason, 'reason', 0, 500).result()
    if (invalid) return invalid
    const viewer = signedIn(this.#viewer)
    // Anybody may cancel what is theirs; administrators what is others', and answer for it.
    noteMutation('cancelOrder', { input: { id } })
    const result = await this.#move(id, CANCEL, viewer.role === 'ADMIN' ? null : viewer.userId, reason ?? null)
    return 'refused' in result
      ? {
          __typename: 'OrderNotCancellable',
          message: 'The order has been shipped or cancelled.',
          order: result.refused,
        }
      : result
  }

  /** Hands a confirmed order to the carrier. */
  async ship(
    id: string,
  ): Promise<OrderRow | OrderNotFound | { __typename: 'OrderNotShippable'; message: string; order: OrderRow }> {
    const result = await this.#move(id, SHIP, null, null)
    return 'refused' in result
      ? {
          __typename: 'OrderNotShippable',
          message: 'The order is not confirmed, or has been shipped or cancelled.',
          order: result.refused,
        }
      : result
  }

  /** Moves an order on, with its units, in one transaction; tells what it is when it cannot be moved. */
  async #move(
    id: string,
    step: Step,
    buyer: UserId | null,
    reason: string | null,
  ): Promise<OrderRow | OrderNotFound | { refused: OrderRow }> {
    if (!isId('order', id)) return orderNotFound
    return this.#changing(() =>
      this.#database.transaction(async (queries) => {
        const moved = await moveOrder(queries, id, step.from, step.to, buyer, reason)
        if (!moved) return this.#whyNotMoved(queries, id, buyer)
        await moveUnits(queries, id, step)
        await recordOrderEvent(queries, step.event, moved)
        return moved
      }),
    )
  }

  /** After a change nothing that was read before in this request is taken for true. */
  async #changing<Result>(change: () => Promise<Result>): Promise<Result> {
    const result = await change()
    this.#loaders = createLoaders(this.#database)
    return result
  }

  async #whyNotMoved(
    queries: Transaction,
    id: OrderId,
    buyer: UserId | null,
  ): Promise<OrderNotFound | { refused: OrderRow }> {
    const [order] = await ordersByIds(queries, [id])
    return order && (buyer === null || order.buyerId === buyer) ? { refused: order } : orderNotFound
  }

  #maySee({ buyerId }: OrderRow): boolean {
    return buyerId === null ? this.#viewer?.role === 'ADMIN' : mayActFor(this.#viewer, buyerId)
  }
}

/** What a step does to the stock: cancelled units can be ordered again, shipped ones are gone. */
async function moveUnits(queries: Transaction, id: OrderId, step: Step): Promise<void> {
  const units = await linesOfOrders(queries, [id])
  await lockStock(
    queries,
    units.map(({ productId }) => productId),
  )
  await recordStockEvents(queries, await (step === CANCEL ? release : dispatch)(queries, units))
}

/** Whether an order can still be cancelled. */
export function canBeCancelled({ status }: OrderRow): boolean {
  return CANCEL.from.includes(status)
}

function readFilter({ statuses, placedFrom, placedBefore }: OrderFilter): Filter {
  return {
    statuses: statuses ? [...new Set(statuses)] : null,
    placedFrom: placedFrom ?? null,
    placedBefore: placedBefore ?? null,
  }
}
