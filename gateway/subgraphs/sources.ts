import { createNodesRunner } from '../nodes/nodes.ts'
import type { SupergraphFile } from '../supergraph/supergraph.ts'
import { tellingFailures, type Source } from './source.ts'
import type { Subgraphs } from './subgraph-clients.ts'

/** The subgraph that issues access tokens, where the graph has one. */
export const IDENTITY = 'users'

/** What answers for each subgraph of a supergraph, by its name: most over HTTP, `nodes` in the gateway itself. */
export function sourcesOf(
  { nodes }: SupergraphFile,
  subgraphs: Subgraphs,
  sessionsMayHaveEnded: () => Promise<void>,
): (subgraph: string) => Source {
  const local = nodes && createNodesRunner(nodes, subgraphs)
  const made = new Map<string, Source>()
  return (name) => {
    const source = made.get(name) ?? tellingFailures(sourceFor(name, subgraphs, local, sessionsMayHaveEnded))
    made.set(name, source)
    return source
  }
}

function sourceFor(
  name: string,
  subgraphs: Subgraphs,
  nodes: Source | undefined,
  sessionsMayHaveEnded: () => Promise<void>,
): Source {
  const client = subgraphs.get(name)
  if (!client) return nodes ?? noSubgraph(name)
  const run: Source = (request, context) => {
    const address = context.routed?.get(name)
    return ((address && subgraphs.at(name, address)) || client).run(request, context)
  }
  if (name !== IDENTITY) return run
  return async (request, context) => {
    const answer = await run(request, context)
    // One that has ended must be over for the very next request.
    if (request.kind === 'mutation') await sessionsMayHaveEnded()
    return answer
  }
}

function noSubgraph(name: string): never {
  throw new Error(`the supergraph has a subgraph ${name} without an address`)
}
