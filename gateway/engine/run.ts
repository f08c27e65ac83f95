import type { GraphQLFormattedError } from 'graphql'
import type { GatewayContext } from '../context.ts'
import type { Data } from './own.ts'

/** One execution of an operation. */
export interface Run {
  /** What the client sent for variables; only those it sent. */
  variables: Record<string, unknown>
  context: GatewayContext
  /** What subgraphs have sent so far, merged. */
  data: Data
  errors: GraphQLFormattedError[]
  /** Whether the operation changes something: then all of it is done, and nothing of it is shared with others. */
  isMutation: boolean
}
