import { setImmediate } from 'node:timers/promises'
import { parse } from 'graphql'
import { pause } from '../platform/process/background.ts'
import { log } from '../platform/process/log.ts'
import { createContext, type GatewayContext } from './context.ts'
import { findOperation } from './engine/operation.ts'
import { sampleVariables, type Rehearsed } from './engine/rehearsal.ts'
import type { Graph } from './graph.ts'

/** How many of the busiest operations are ready before a new supergraph is served. */
const REHEARSED = 200
/** How long an old supergraph is kept for requests that began on it, in ms: more than any of them may take. */
const KEPT = 15_000

/** The supergraph that is served now. Another takes its place at once, for requests from then on. */
export class CurrentGraph implements AsyncDisposable {
  readonly #stopping = new AbortController()
  readonly #retiring = new Set<Promise<void>>()
  #graph: Graph

  constructor(graph: Graph) {
    this.#graph = graph
  }

  get now(): Graph {
    return this.#graph
  }

  /** Serves another supergraph, after the busiest operations of this one were made ready on it. */
  async replace(next: Graph): Promise<void> {
    await rehearse(next, this.#graph.engine.busiest(REHEARSED), this.#stopping.signal)
    const old = this.#graph
    this.#graph = next
    const retired = this.#retire(old).finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
  }

  /** Requests that began on a supergraph are finished on it. */
  async #retire(graph: Graph): Promise<void> {
    await pause(KEPT, this.#stopping.signal)
    try {
      await graph[Symbol.asyncDispose]()
    } catch (error) {
      log.error({ err: error }, 'a supergraph that is served no more could not be released')
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await Promise.all(this.#retiring)
    await this.#graph[Symbol.asyncDispose]()
  }
}

/** Lets a supergraph admit operations without running them; one that it has no place for any more is left out. */
async function rehearse({ apollo, engine }: Graph, operations: Rehearsed[], signal: AbortSignal): Promise<void> {
  for (const { document, name } of operations) {
    // Requests are answered in between.
    await setImmediate()
    if (signal.aborted) return
    try {
      const operation = findOperation(parse(document), name)
      const variables = operation ? sampleVariables(engine.schema, operation.definition) : {}
      const request = { query: document, variables, ...(name !== undefined && { operationName: name }) }
      await apollo.executeOperation(request, { contextValue: rehearsal() })
    } catch (error) {
      log.debug({ err: error }, 'an operation could not be made ready for a new supergraph')
    }
  }
}

function rehearsal(): GatewayContext {
  return createContext({
    purpose: 'rehearsal',
    viewer: null,
    requestId: 'rehearsal',
    clientAddress: 'unknown',
    client: { name: '', version: '' },
    deadline: performance.now(),
  })
}
