import { createHash } from 'node:crypto'
import { parse, print, type GraphQLSchema } from 'graphql'
import { viewerKey, type Viewer } from '../../platform/identity/viewer.ts'
import type { CachedParts } from './cached-parts.ts'
import type { Part } from './parts.ts'
import type { Policy } from './policy.ts'
import { tagWriterOf, type PlaceholderReader, type TagWriter } from './tag-format.ts'

/** What fetches are prepared for the cache with. */
export interface Caching {
  parts: CachedParts
  /** The supergraph's schema, with its hints. */
  schema: GraphQLSchema
  /** Tells one supergraph from another, so that no answer outlives the schema that it was made for. */
  version: string
}

export function createCaching(parts: CachedParts, schema: GraphQLSchema, supergraphSdl: string): Caching {
  // Comments and spaces change nothing that is kept.
  const text = print(parse(supergraphSdl, { noLocation: true }))
  return { parts, schema, version: createHash('sha256').update(text).digest('base64url') }
}

/** What a part is, apart from who asks and with which variables. */
export interface PartKind {
  subject: string
  /** The text that asks for it, with subgraph and version. */
  identity: string
  policy: Policy
  writeTag: TagWriter
}

export function partKindOf(
  { version }: Caching,
  subgraph: string,
  subject: string,
  text: string,
  policy: Policy | null,
): PartKind | null {
  const identity = [version, subgraph, subject, text].join('\n')
  return policy && { subject, identity, policy, writeTag: tagWriterOf(policy.tag) }
}

/** Tags hold what clients send: no id is longer. */
const LONGEST_TAG = 200
/** What is kept for inputs that are longer takes more than it is worth: a hundred ids have less. In characters. */
const LONGEST_INPUTS = 5_000

/** What one answer adds to that. */
interface PartInputs {
  subject: string
  /** Variables, arguments and representation, as JSON. */
  inputs: string
  /** Reads what the tag names. */
  read: PlaceholderReader
  viewer: Viewer | null
  /** Whether the fetch as a whole is everyone's: else it is asked for as the viewer, and kept for nobody else. */
  isPublic: boolean
}

/** A part of one answer: its key has all that its value depends on. */
export function partOf(kind: PartKind | null, { subject, inputs, read, viewer, isPublic }: PartInputs): Part {
  const tag = kind?.writeTag((name) => (name === '$viewer' ? (viewer?.userId ?? 'nobody') : read(name)))
  if (!kind || !tag || tag.length > LONGEST_TAG || inputs.length > LONGEST_INPUTS) return { subject, item: null }
  const owner = isPublic ? 'everyone' : viewerKey(viewer)
  const { maxAge, isPrivate } = kind.policy
  return { subject, item: { key: [kind.identity, owner, inputs].join('\n'), tag, maxAge, isPrivate } }
}
