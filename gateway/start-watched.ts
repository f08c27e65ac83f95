import { startGateway, type GatewaySettings, type RunningGateway } from './index.ts'
import type { KnownSubgraph } from './subgraphs/subgraph-clients.ts'
import { keepLastGood } from './supergraph/last-good.ts'
import type { SupergraphSource } from './supergraph/supergraph-source.ts'
import type { SupergraphFile } from './supergraph/supergraph.ts'
import { watchSupergraph } from './supergraph/watch-supergraph.ts'

export interface WatchedSupergraph {
  source: SupergraphSource
  /** What is served at first. */
  supergraph: SupergraphFile
  /** Where the subgraphs of a supergraph are. */
  addressesOf: (supergraph: SupergraphFile) => Promise<KnownSubgraph[]>
}

/** Starts a gateway that serves its supergraph anew whenever the source has another one; `resources` releases both. */
export async function startWatchedGateway(
  settings: Omit<GatewaySettings, 'supergraph' | 'subgraphs'>,
  { source, supergraph, addressesOf }: WatchedSupergraph,
  resources: AsyncDisposableStack,
): Promise<RunningGateway> {
  const served = async (next: SupergraphFile) => ({ supergraph: next, subgraphs: await addressesOf(next) })
  const gateway = resources.use(await startGateway({ ...settings, ...(await served(supergraph)) }))
  await keepLastGood(source, supergraph, settings.dataDir)
  resources.use(watchSupergraph(source, settings.dataDir, async (next) => gateway.serve(await served(next))))
  return gateway
}
