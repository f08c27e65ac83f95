import type { Viewer } from '../../platform/identity/viewer.ts'
import type { SubgraphContext, SubgraphRequest } from '../../platform/subgraph/definition.ts'
import { UsersService } from './service.ts'
import { SessionsService, type SessionParts } from './sessions.ts'

/** What a resolver of this subgraph can use in one request. */
export interface Context extends SubgraphContext {
  users: UsersService
  sessions: SessionsService
  /** Goes on with the request as somebody who has just signed in. */
  become: (viewer: Viewer) => void
}

export function createContext(request: SubgraphRequest, parts: SessionParts): Context {
  const { viewer, requestId } = request
  const users = new UsersService(request, parts.database)
  const become = (arrived: Viewer) => void Object.assign(context, createContext({ ...request, viewer: arrived }, parts))
  const context = { viewer, requestId, users, sessions: new SessionsService(request, parts), become }
  return context
}
