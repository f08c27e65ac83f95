import { ApolloServer } from '@apollo/server'
import { formatError, unforeseenErrorsPlugin } from '../platform/graphql/formatting.ts'
import { listen, type ListeningServer } from '../platform/http/server.ts'
import { JWKS_PATH } from '../platform/identity/access-tokens.ts'
import { createPassportOffice } from '../platform/identity/passport.ts'
import type { Mode } from '../platform/process/common-settings.ts'
import { apolloLog } from '../platform/process/log.ts'
import type { GatewayContext } from './context.ts'
import { createAuthenticate } from './identity/authenticate.ts'
import { Revocations } from './identity/revocations.ts'
import { depthLimit } from './limits.ts'
import { createNodesRunner } from './nodes/nodes.ts'
import type { Explorer } from './pages/subgraph-explorer.ts'
import { badInputPlugin, operationPlugin, valueCompletionPlugin } from './request-errors.ts'
import { createRoutes } from './routes.ts'
import { Engine } from './engine/engine.ts'
import { tellingFailures, type Source } from './subgraphs/source.ts'
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

/** The subgraph that issues access tokens, where the graph has one. */
const IDENTITY = 'users'

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
  const apollo = await createApolloServer(settings, clients, revocations)
  started.defer(() => apollo.stop())
  const authenticate = createAuthenticate({
    jwksUrl: jwksUrlOf(settings),
    isEnded: (sessionId) => revocations?.has(sessionId) ?? false,
  })
  const routes = createRoutes({ ...settings, apollo, authenticate, clients, hasPages: settings.mode === 'development' })
  const server = started.use(
    await listen(routes, { ...settings, name: 'the gateway', portVariable: 'PORT', isReady: async () => true }),
  )
  const releases = started.move()
  return { port: server.port, [Symbol.asyncDispose]: () => releases.disposeAsync() }
}

/** Settings of the parser: a document of more tokens is refused before it can exhaust the stack. */
const LARGEST_DOCUMENT = { maxLexicalTokens: 1_000 }

async function createApolloServer(
  { supergraph, mode }: GatewaySettings,
  clients: Map<string, SubgraphClient>,
  revocations: Revocations | undefined,
): Promise<ApolloServer<GatewayContext>> {
  const runNodes = supergraph.nodes && createNodesRunner(supergraph.nodes, clients)
  const sources = new Map<string, Source>()
  const engine = new Engine(supergraph.sdl, (name) => {
    const source = sources.get(name) ?? tellingFailures(runnerFor(name, clients, runNodes, revocations))
    sources.set(name, source)
    return source
  })
  const apollo = new ApolloServer<GatewayContext>({
    gateway: engine.asGateway(),
    introspection: mode === 'development',
    parseOptions: LARGEST_DOCUMENT,
    validationRules: [depthLimit],
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    logger: apolloLog,
    formatError,
    plugins: [operationPlugin, badInputPlugin, valueCompletionPlugin, unforeseenErrorsPlugin()],
  })
  await apollo.start()
  return apollo
}

function runnerFor(
  name: string,
  clients: Map<string, SubgraphClient>,
  runNodes: Source | undefined,
  revocations: Revocations | undefined,
): Source {
  const client = clients.get(name)
  if (!client) return runNodes ?? noSubgraph(name)
  if (name !== IDENTITY) return (request, context) => client.run(request, context)
  return async (request, context) => {
    const answer = await client.run(request, context)
    // A mutation may have ended a session, which must be over for the very next request.
    if (request.kind === 'mutation') await revocations?.refresh()
    return answer
  }
}

function noSubgraph(name: string): never {
  throw new Error(`the supergraph has a subgraph ${name} without an address`)
}

function jwksUrlOf({ jwksUrl, subgraphs }: GatewaySettings): URL | undefined {
  if (jwksUrl) return new URL(jwksUrl)
  const identity = subgraphs.find(({ name }) => name === IDENTITY)
  return identity && new URL(JWKS_PATH, identity.url)
}
