import type { ServerResponse } from 'node:http'
import { ACCESS_TOKEN_LIFETIME, JWKS_PATH, REVOCATIONS_PATH } from '../../platform/identity/access-tokens.ts'
import { sendJson } from '../../platform/http/requests.ts'
import type { SubgraphDefinition, SubgraphParts, SubgraphRequest } from '../../platform/subgraph/definition.ts'
import { createAccessTokenIssuer } from './access-tokens.ts'
import { createContext } from './context.ts'
import { writeDemoData } from './demo-data.ts'
import { snapshot } from './events.ts'
import { resolvers } from './resolvers.ts'
import { pruneSessions, recentRevocations } from './session-store.ts'

/** Accounts, and where they are signed in. */
export const users: SubgraphDefinition = {
  name: 'users',
  folder: import.meta.dirname,
  resolvers,
  owners: { User: 'id' },
  open,
  consumers: {},
  snapshot,
  prune: (queries) => pruneSessions(queries, 2 * ACCESS_TOKEN_LIFETIME),
  writeDemoData,
}

/** A token may be signed a moment after its session ended: sessions stay on the list a little longer, in seconds. */
const MARGIN = 60

async function open({ database, accessTokenKeys }: SubgraphParts) {
  const keys = await accessTokenKeys()
  const parts = { database, issuer: await createAccessTokenIssuer(keys), refreshKeys: keys.map(({ d }) => d) }
  return {
    createContext: (request: SubgraphRequest) => createContext(request, parts),
    routes: {
      [JWKS_PATH]: {
        isPublic: true,
        answer: (_: unknown, response: ServerResponse) => sendJson(response, 200, parts.issuer.publicKeys),
      },
      [REVOCATIONS_PATH]: {
        isPublic: false,
        answer: async (_: unknown, response: ServerResponse) =>
          sendJson(response, 200, { sessions: await recentRevocations(database, ACCESS_TOKEN_LIFETIME + MARGIN) }),
      },
    },
  }
}
