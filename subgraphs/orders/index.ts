import type { SubgraphDefinition } from '../../platform/subgraph/definition.ts'
import { mailReactions } from './confirmation-mail.ts'
import { consumers } from './consumers.ts'
import { createContext } from './context.ts'
import { writeDemoData } from './demo-data.ts'
import { pruneKeys } from './idempotency-store.ts'
import { resolvers } from './resolvers.ts'
import { verify } from './verify.ts'

/** What was bought, and what can be. */
export const orders: SubgraphDefinition = {
  name: 'orders',
  folder: import.meta.dirname,
  statementTimeout: 4_000,
  resolvers,
  owners: { User: 'id', Order: 'buyerId' },
  open: ({ database }) => ({ createContext: (request) => createContext(request, database) }),
  consumers,
  reactions: ({ database, mailer }) => mailReactions(database, mailer),
  verify,
  prune: pruneKeys,
  writeDemoData,
}
