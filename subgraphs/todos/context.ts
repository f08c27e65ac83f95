import type { Database } from '../../platform/postgres/database.ts'
import type { SubgraphContext, SubgraphRequest } from '../../platform/subgraph/definition.ts'
import { TodosService } from './service.ts'

/** What a resolver of this subgraph can use in one request. */
export interface Context extends SubgraphContext {
  todos: TodosService
}

export function createContext({ viewer, requestId }: SubgraphRequest, database: Database): Context {
  return { viewer, requestId, todos: new TodosService(viewer, database) }
}
