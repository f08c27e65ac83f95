import type { Database } from '../../platform/postgres/database.ts'
import type { SubgraphContext, SubgraphRequest } from '../../platform/subgraph/definition.ts'
import { OrdersService } from './service.ts'

/** What a resolver of this subgraph can use in one request. */
export interface Context extends SubgraphContext {
  orders: OrdersService
}

export function createContext({ viewer, requestId }: SubgraphRequest, database: Database): Context {
  return { viewer, requestId, orders: new OrdersService(viewer, database) }
}
