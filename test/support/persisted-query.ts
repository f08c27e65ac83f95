import { createHash } from 'node:crypto'

/** The `extensions` of a request that names its document by its hash, as Apollo's clients send them. */
export function persistedQueryOf(document: string) {
  return { persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(document).digest('hex') } }
}
