import { listen, type ListeningServer } from '../platform/http/server.ts'
import { JWKS_PATH } from '../platform/identity/access-tokens.ts'
import type { Mode } from '../platform/process/common-settings.ts'
import { CurrentGraph } from './current-graph.ts'
import { startGraph } from './graph.ts'
import { createAuthenticate } from './identity/authenticate.ts'
import { Revocations } from './identity/revocations.ts'
import type { Explorer } from './pages/subgraph-explorer.ts'
import { createRoutes } from './routes.ts'
import { IDENTITY, sourcesOf } from './subgraphs/sources.ts'
import { SubgraphClients, type KnownSubgraph } from './subgraphs/subgraph-clients.ts'
import type { SupergraphFile } from './supergraph.ts'

export interface GatewaySettings {
  host: string
  port: number
  drainSeconds: number
  mode: Mode
  trustedProxies: number
  corsOrigins: string[]
  jwksUrl: string | undefined
  supergraph: SupergraphFile
  /** Where each subgraph is, and the keys that it shares with the gateway. */
  subgraphs: KnownSubgraph[]
  /** As whom subgraphs can be explored by themselves; none in production. */
  explorers: Explorer[]
}

/** A gateway that runs. */
export interface RunningGateway extends ListeningServer {
  /** Serves another supergraph from now on; requests that have begun are finished on the one before. */
  serve: (next: Pick<GatewaySettings, 'supergraph' | 'subgraphs'>) => Promise<void>
}

/** Starts the gateway; it waits for no subgraph. Its release drains it. */
export async function startGateway(settings: GatewaySettings): Promise<RunningGateway> {
  await using started = new AsyncDisposableStack()
  const clients = started.use(new SubgraphClients())
  clients.know(settings.subgraphs)
  const revocations = started.use(new Revocations(() => clients.get(IDENTITY)))
  const start = (supergraph: SupergraphFile) =>
    startGraph({ ...settings, supergraph }, sourcesOf(supergraph, clients, revocations))
  const graph = started.use(new CurrentGraph(await start(settings.supergraph)))
  const authenticate = createAuthenticate({
    jwksUrl: jwksUrlOf(settings),
    isEnded: (sessionId) => revocations.has(sessionId),
  })
  const routes = createRoutes({ ...settings, graph, authenticate, clients, hasPages: settings.mode === 'development' })
  const server = started.use(
    await listen(routes, { ...settings, name: 'the gateway', portVariable: 'PORT', isReady: async () => true }),
  )
  const releases = started.move()
  return {
    port: server.port,
    async serve({ supergraph, subgraphs }) {
      clients.know(subgraphs)
      await graph.replace(await start(supergraph))
    },
    [Symbol.asyncDispose]: () => releases.disposeAsync(),
  }
}

function jwksUrlOf({ jwksUrl, subgraphs }: GatewaySettings): URL | undefined {
  if (jwksUrl) return new URL(jwksUrl)
  const identity = subgraphs.find(({ name }) => name === IDENTITY)
  return identity && new URL(JWKS_PATH, identity.url)
}
