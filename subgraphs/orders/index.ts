import type { SubgraphDefinition } from '../../platform/subgraph/definition.ts'
import { consumers } from './consumers.ts'
import { createContext } from './context.ts'
import { writeDemoData } from './demo-data.ts'
import { pruneKeys } from './idempotency-store.ts'
import { resolvers } from './resolvers.ts'

/** What was bought, and what can be. */
export const orders: SubgraphDefinition = {
  name: 'orders',
  folder: import.meta.dirname,
  statementTimeout: 4_000,
  resolvers,
  owners: { User: 'id', Order: 'buyerId' },
  open: ({ database }) => ({ createContext: (request) => createContext(request, database) }),
  consumers,
  prune: pruneKeys,
  writeDemoData,
}
