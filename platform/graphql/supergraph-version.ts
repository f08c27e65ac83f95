import { createHash } from 'node:crypto'

/** What tells one supergraph from another: the first 12 hex digits of its text's SHA-256. */
export function supergraphVersion(sdl: string): string {
  return createHash('sha256').update(sdl).digest('hex').slice(0, 12)
}
