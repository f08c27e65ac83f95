import type { SubgraphDefinition } from '../../platform/subgraph/definition.ts'
import { createContext } from './context.ts'
import { writeDemoData } from './demo-data.ts'
import { snapshot } from './events.ts'
import { resolvers } from './resolvers.ts'

/** What can be bought. */
export const products: SubgraphDefinition = {
  name: 'products',
  folder: import.meta.dirname,
  resolvers,
  owners: {},
  open: ({ database }) => ({ createContext: (request) => createContext(request, database) }),
  consumers: {},
  snapshot,
  writeDemoData,
}
