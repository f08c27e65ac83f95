import type { Database } from '../../platform/postgres/database.ts'
import type { SubgraphContext, SubgraphRequest } from '../../platform/subgraph/definition.ts'
import { ProductsService } from './service.ts'

/** What a resolver of this subgraph can use in one request. */
export interface Context extends SubgraphContext {
  products: ProductsService
}

export function createContext({ viewer, requestId }: SubgraphRequest, database: Database): Context {
  return { viewer, requestId, products: new ProductsService(database) }
}
