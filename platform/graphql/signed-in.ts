import type { Viewer } from '../identity/viewer.ts'
import { UnauthenticatedError } from './errors.ts'

/** The viewer, where there must be one. @throws UnauthenticatedError when nobody is signed in. */
export function signedIn(viewer: Viewer | null): Viewer {
  if (!viewer) throw new UnauthenticatedError()
  return viewer
}
