import { createHash } from 'node:crypto'
import { addTypenameToDocument } from '@apollo/client/utilities'
import { print } from 'graphql'
import { manifestText } from '../../platform/graphql/persisted-query-manifest.ts'
import type { ClientOperation } from './operations.ts'

/**
 * The manifest of a client's operations, in the format of `@apollo/generate-persisted-query-manifest`, version 1.
 * Bodies are what Apollo Client sends, with `__typename`; their ids are SHA-256 in hex.
 */
export function manifestOf(operations: ClientOperation[]): string {
  const entries = operations
    .map(({ name, type, document }) => {
      const body = print(addTypenameToDocument(document))
      return { id: createHash('sha256').update(body).digest('hex'), name, type, body }
    })
    .toSorted((one, other) => one.name.localeCompare(other.name))
  return manifestText(entries)
}
