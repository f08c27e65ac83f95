import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Snapshot } from '../events/catch-up.ts'
import type { Consumers, Reactions } from '../events/consumers.ts'
import type { Owners } from '../graphql/access.ts'
import type { SigningKeys } from '../identity/keys.ts'
import type { Viewer } from '../identity/viewer.ts'
import type { Mailer } from '../mail.ts'
import type { Database, Queries, Transaction } from '../postgres/database.ts'

/** What the gateway tells of a request. */
export interface SubgraphRequest {
  viewer: Viewer | null
  requestId: string
  /** The client's IP address, as the gateway saw it. */
  clientAddress: string
  /** The client's User-Agent, up to 500 characters; null if it sent none. */
  userAgent: string | null
}

/** What a subgraph is given to work with. */
export interface SubgraphParts {
  database: Database
  /** The keys that sign access tokens. */
  accessTokenKeys: () => Promise<SigningKeys>
}

/** What a worker is given to work with. */
export interface WorkerParts {
  database: Database
  mailer: Mailer
}

/** What every subgraph's context has; its own services come on top. */
export interface SubgraphContext {
  viewer: Viewer | null
  requestId: string
}

/** A running subgraph's own parts. */
export interface OpenSubgraph {
  createContext: (request: SubgraphRequest) => SubgraphContext
  /** Answers to other parts of the product, by path, such as public keys; a passport opens all but the public ones. */
  routes?: Record<string, Route>
}

export interface Route {
  isPublic: boolean
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<void> | void
}

/** All that a process needs to know to run a subgraph. */
export interface SubgraphDefinition {
  name: string
  /** The folder with its `migrations/`. */
  folder: string
  /** Checked against the schema where they are written. */
  resolvers: object
  owners: Owners
  /** When PostgreSQL ends a statement of a request, in ms; 2,000 unless told otherwise. */
  statementTimeout?: number
  open: (parts: SubgraphParts) => Promise<OpenSubgraph> | OpenSubgraph
  /** What it does when something happened elsewhere. */
  consumers: Consumers
  /** What it does outside of its database when something happened. */
  reactions?: (parts: WorkerParts) => Reactions
  /** Its state as events, for those who begin to listen later. */
  snapshot?: Snapshot
  /** Compares its state with what it can be rebuilt from; gives each difference, in words. */
  verify?: (queries: Queries) => Promise<string[]>
  /** Removes what nobody can ask for any more; called every hour. */
  prune?: (queries: Queries) => Promise<void>
  /** Writes the demo data, in the transaction given. */
  writeDemoData: (queries: Transaction) => Promise<void>
}
