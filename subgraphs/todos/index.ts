import type { SubgraphDefinition } from '../../platform/subgraph/definition.ts'
import { consumers } from './consumers.ts'
import { createContext } from './context.ts'
import { writeDemoData } from './demo-data.ts'
import { resolvers } from './resolvers.ts'

/** What users want to do. */
export const todos: SubgraphDefinition = {
  name: 'todos',
  folder: import.meta.dirname,
  resolvers,
  owners: { User: 'id', Todo: 'ownerId' },
  open: ({ database }) => ({ createContext: (request) => createContext(request, database) }),
  consumers,
  writeDemoData,
}
