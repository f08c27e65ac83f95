import type { Viewer } from '../../platform/identity/viewer.ts'
import type { SubgraphContext, SubgraphRequest } from '../../platform/subgraph/definition.ts'
import { UsersService } from './service.ts'
import { SessionsService, type SessionParts } from './sessions.ts'

/** What a resolver of this subgraph can use in one request. */
export interface Context extends SubgraphContext {
  users: UsersService
  sessions: SessionsService
  /** The context of the same request, made by somebody who has just signed in. */
  as: (viewer: Viewer) => Context
}

export function createContext(request: SubgraphRequest, parts: SessionParts): Context {
  return {
    viewer: request.viewer,
    requestId: request.requestId,
    users: new UsersService(request, parts.database),
    sessions: new SessionsService(request, parts),
    as: (viewer) => createContext({ ...request, viewer }, parts),
  }
}
