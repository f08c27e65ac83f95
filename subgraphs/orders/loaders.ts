import { loadByKey, loadByOwner, loadManyByKey } from '../../platform/graphql/loaders.ts'
import type { Page } from '../../platform/graphql/pages.ts'
import type { UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import type { ProductId } from './catalogue-store.ts'
import { availableOf } from './stock-store.ts'
import {
  countOrders,
  eventsOfOrders,
  linesOfOrders,
  orderPages,
  ordersByIds,
  type Filter,
  type OrderId,
} from './store.ts'

/** A page of somebody's orders. */
export interface ListParameters {
  filter: Filter
  page: Page
}

/** The reads by key of one request. */
export function createLoaders(db: Queries) {
  return {
    orderById: loadByKey(
      (ids: readonly OrderId[]) => ordersByIds(db, ids),
      (order) => order.id,
    ),
    linesOfOrder: loadManyByKey(
      (ids: readonly OrderId[]) => linesOfOrders(db, ids),
      (line) => line.orderId,
    ),
    eventsOfOrder: loadManyByKey(
      (ids: readonly OrderId[]) => eventsOfOrders(db, ids),
      (event) => event.orderId,
    ),
    availableOfProduct: loadByKey(
      (ids: readonly ProductId[]) => availableOf(db, ids),
      (units) => units.productId,
    ),
    pageOfUser: loadByOwner((users: UserId[], { filter, page }: ListParameters) => orderPages(db, users, filter, page)),
    countOfUser: loadByOwner((users: UserId[], filter: Filter) => countOrders(db, users, filter)),
  }
}

export type Loaders = ReturnType<typeof createLoaders>
