import { demoAccounts } from '../../platform/demo-accounts.ts'
import type { SessionId } from '../../platform/identity/viewer.ts'
import type { Explorer } from './subgraph-explorer.ts'

/** Stands for the session of a developer, who explores a subgraph without signing in. */
const NO_SESSION: SessionId = 'session_00000000000000000000000000'

/** As whom developers explore subgraphs by themselves: the demo accounts, and nobody. */
export function demoExplorers(): Explorer[] {
  const accounts = demoAccounts.map(({ id, role, username }) => ({
    name: username,
    viewer: { userId: id, role, sessionId: NO_SESSION },
  }))
  return [...accounts, { name: 'nobody', viewer: null }]
}
