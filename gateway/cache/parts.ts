import type { GraphQLFormattedError } from 'graphql'
import type { CacheItem } from '../../platform/cache/cache.ts'
import type { GatewayContext } from '../context.ts'
import type { Lifetime } from './hints.ts'

/** A part of a subgraph's answer: one entity, or one root field. */
export interface Part {
  /** What it is called where outcomes are counted: the name of a type or root field. */
  subject: string
  /** Where it is kept; null when it may not be. */
  item: (CacheItem & Lifetime) | null
}

/** What a subgraph answered for some parts, in their order, and what went wrong. */
export interface Loaded {
  values: unknown[]
  errors: GraphQLFormattedError[]
}

/** Asks the subgraph for some of the parts, by their indexes. @param state what the cache knew before of all of them */
export type LoadParts = (indexes: number[], context: GatewayContext, state: string) => Promise<Loaded>

/** A load that is under way, which others may join. */
export interface Flight {
  generation: string
  /** JSON; null when the subgraph did not answer well. */
  text: Promise<string | null>
}

/** What is asked for, and by whom. */
export interface PartsRequest {
  subgraph: string
  parts: Part[]
  load: LoadParts
  context: GatewayContext
}
