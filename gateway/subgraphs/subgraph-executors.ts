import { IDENTITY_SUBGRAPH } from '../../platform/identity/access-tokens.ts'
import { createNodesRunner } from '../nodes/nodes.ts'
import type { SupergraphFile } from '../supergraph/supergraph.ts'
import { tellingFailures, type SubgraphExecutor } from './subgraph-executor.ts'
import type { Subgraphs } from './subgraph-clients.ts'

/** What answers for each subgraph of a supergraph, by its name: most over HTTP, `nodes` in the gateway itself. */
export function executorsOf(
  { nodes }: SupergraphFile,
  subgraphs: Subgraphs,
  sessionsMayHaveEnded: () => Promise<void>,
): (subgraph: string) => SubgraphExecutor {
  const local = nodes && createNodesRunner(nodes, subgraphs)
  const made = new Map<string, SubgraphExecutor>()
  return (name) => {
    const executor = made.get(name) ?? tellingFailures(name, executorFor(name, subgraphs, local, sessionsMayHaveEnded))
    made.set(name, executor)
    return executor
  }
}

function executorFor(
  name: string,
  subgraphs: Subgraphs,
  nodes: SubgraphExecutor | undefined,
  sessionsMayHaveEnded: () => Promise<void>,
): SubgraphExecutor {
  const client = subgraphs.get(name)
  if (!client) return nodes ?? noSubgraph(name)
  const run: SubgraphExecutor = (request, context) => {
    const address = context.routed?.get(name)
    return ((address && subgraphs.at(name, address)) || client).run(request, context)
  }
  if (name !== IDENTITY_SUBGRAPH) return run
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
