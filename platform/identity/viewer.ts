import { z } from 'zod'
import { isId, type Id, type UserId } from '../ids.ts'

export type Role = 'CUSTOMER' | 'ADMIN'
export type SessionId = Id<'session'>

/** Who a request is made by; an anonymous one has no viewer. */
export interface Viewer {
  userId: UserId
  role: Role
  sessionId: SessionId
}

/** The identity claims of an access token and of a passport. */
export const viewerClaims = z
  .object({
    sub: z.string().refine((id) => isId('user', id)),
    role: z.enum(['CUSTOMER', 'ADMIN']),
    sid: z.string().refine((id) => isId('session', id)),
  })
  .transform(({ sub, role, sid }): Viewer => ({ userId: sub, role, sessionId: sid }))

/** Claims that `viewerClaims` reads back. */
export function claimsOf({ userId, role, sessionId }: Viewer): { sub: string; role: Role; sid: string } {
  return { sub: userId, role, sid: sessionId }
}

/** All that is known of a viewer, as a key: the same for the same, and for nobody else. */
export function viewerKey(viewer: Viewer | null): string {
  return viewer ? `${viewer.userId} ${viewer.role} ${viewer.sessionId}` : 'nobody'
}

/** Whether a viewer may see what belongs to a user: their own, or anything for an administrator. */
export function mayActFor(viewer: Viewer | null, owner: UserId): viewer is Viewer {
  return viewer !== null && (viewer.userId === owner || viewer.role === 'ADMIN')
}
