import { loadByKey } from '../../platform/graphql/loaders.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { productsByIds, productsBySkus, type ProductId } from './store.ts'

/** The reads by key of one request. */
export function createLoaders(db: Queries) {
  return {
    productById: loadByKey(
      (ids: readonly ProductId[]) => productsByIds(db, ids),
      (product) => product.id,
    ),
    productBySku: loadByKey(
      (skus) => productsBySkus(db, skus),
      (product) => product.sku,
    ),
  }
}

export type Loaders = ReturnType<typeof createLoaders>
