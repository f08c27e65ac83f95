import { channel } from 'node:diagnostics_channel'

/**
 * The one place where work that costs something passes, so that tests, metrics and traces can count it.
 * Publishing to a channel that nobody listens to costs next to nothing.
 */
export const statements = channel('supergraph:statement')
export const fetches = channel('supergraph:fetch')
export const commits = channel('supergraph:commit')
export const cacheAnswers = channel('supergraph:cache')
export const eventPassages = channel('supergraph:event')

/** An SQL statement that PostgreSQL has run. */
export interface StatementEvent {
  /** Which subgraph's database, such as `todos`. */
  database: string
  text: string
  /** How many rows it gave. */
  rows: number
}

/** A request that the gateway sent to a subgraph. */
export interface FetchEvent {
  subgraph: string
  /** The operation and its variables, as JSON. */
  body: string
}

/** A transaction that PostgreSQL has committed. */
export interface CommitEvent {
  database: string
}

/** An event that passed a stage on its way: the bus has it, a listener's effect is committed, its receipt is told. */
export type EventPassage =
  | { stage: 'published'; outbox: string }
  | { stage: 'consumed' | 'acknowledged'; listener: string }

/** What the cache did: for a part of an answer, or for a tag whose values are a thing of the past. */
export type CacheEvent =
  | {
      outcome: 'hit' | 'miss' | 'stale' | 'early' | 'coalesced' | 'refreshed' | 'away'
      subject: string
      subgraph: string
    }
  | { outcome: 'invalidated'; subject: string }
