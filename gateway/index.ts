import { listen, type ListeningServer } from '../platform/http/server.ts'
import { JWKS_PATH } from '../platform/identity/access-tokens.ts'
import { createPassportOffice } from '../platform/identity/passport.ts'
import type { Mode } from '../platform/process/common-settings.ts'
import { startGraph } from './graph.ts'
import { createAuthenticate } from './identity/authenticate.ts'
import { Revocations } from './identity/revocations.ts'
import type { Explorer } from './pages/subgraph-explorer.ts'
import { createRoutes } from './routes.ts'
import { IDENTITY, sourcesOf } from './subgraphs/sources.ts'
import { SubgraphClient } from './subgraphs/subgraph-client.ts'
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
  subgraphs: { name: string; url: string; passportKeys: [string, ...string[]] }[]
  /** As whom subgraphs can be explored by themselves; none in production. */
  explorers: Explorer[]
}

// Otherwise the library tells Apollo about this machine.
process.env.APOLLO_TELEMETRY_DISABLED ??= '1'

/** Starts the gateway; it waits for no subgraph. Its release drains it. */
export async function startGateway(settings: GatewaySettings): Promise<ListeningServer> {
  await using started = new AsyncDisposableStack()
  const clients = new Map(
    settings.subgraphs.map(({ name, url, passportKeys }) => [
      name,
      started.use(new SubgraphClient(name, url, createPassportOffice(name, passportKeys))),
    ]),
  )
  const identity = clients.get(IDENTITY)
  const revocations = identity && started.use(new Revocations(identity))
  const graph = started.use(await startGraph(settings, sourcesOf(settings.supergraph, clients, revocations)))
  const authenticate = createAuthenticate({
    jwksUrl: jwksUrlOf(settings),
    isEnded: (sessionId) => revocations?.has(sessionId) ?? false,
  })
  const routes = createRoutes({ ...settings, graph, authenticate, clients, hasPages: settings.mode === 'development' })
  const server = started.use(
    await listen(routes, { ...settings, name: 'the gateway', portVariable: 'PORT', isReady: async () => true }),
  )
  const releases = started.move()
  return { port: server.port, [Symbol.asyncDispose]: () => releases.disposeAsync() }
}

function jwksUrlOf({ jwksUrl, subgraphs }: GatewaySettings): URL | undefined {
  if (jwksUrl) return new URL(jwksUrl)
  const identity = subgraphs.find(({ name }) => name === IDENTITY)
  return identity && new URL(JWKS_PATH, identity.url)
}
