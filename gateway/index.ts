import type { Cache } from '../platform/cache/cache.ts'
import { listen, type ListeningServer } from '../platform/http/server.ts'
import { IDENTITY_SUBGRAPH, JWKS_PATH } from '../platform/identity/access-tokens.ts'
import type { Mode } from '../platform/process/common-settings.ts'
import { CacheCounters } from './cache/counters.ts'
import { CachedParts } from './cache/cached-parts.ts'
import { CurrentGraph } from './current-graph.ts'
import { startGraph, type GraphSource } from './graph.ts'
import { createAuthenticate } from './identity/authenticate.ts'
import { Revocations } from './identity/revocations.ts'
import type { Explorer } from './pages/subgraph-explorer.ts'
import type { Limits } from './limits/limit-settings.ts'
import { openSharedBuckets } from './limits/shared-buckets.ts'
import { Toll } from './limits/toll.ts'
import { LoadShedder } from './overload/load-shedder.ts'
import { createRoutes } from './routes.ts'
import { readSafelist } from './safelist/safelist.ts'
import { Admission } from './safelist/admission.ts'
import { PersistedDocuments } from './safelist/persisted-documents.ts'
import type { SubgraphClient } from './subgraphs/subgraph-client.ts'
import { SubgraphClients } from './subgraphs/subgraph-clients.ts'
import type { UsageRecorder } from './usage/usage-recorder.ts'

export interface GatewaySettings extends GraphSource {
  host: string
  port: number
  /** How long a gateway that was told to end still takes requests, in seconds. */
  drainSeconds: number
  /** Where what was read from elsewhere is kept for a start while that is away. */
  dataDir: string
  mode: Mode
  /** How many proxies stand before the gateway, whose X-Forwarded-For is believed. */
  trustedProxies: number
  corsOrigins: string[]
  jwksUrl: string | undefined
  /** Where answers are kept; null keeps none. */
  cache: Cache | null
  /** As whom subgraphs can be explored by themselves; none in production. */
  explorers: Explorer[]
  /** Where is counted what clients ask for; undefined where nobody wants to know. */
  usageDatabaseUrl: string | undefined
  /** How many of a hundred requests are counted. */
  usageSample: number
  limits: Limits
  /** `plan` prints the plan of each operation that is met for the first time. */
  debug?: string
  persistedOperations: 'apq' | Admission['mode']
  operationsManifest: string
}

/** A gateway that runs. */
export interface RunningGateway extends ListeningServer {
  /** Serves another supergraph from now on; requests that have begun are finished on the one before. */
  serve: (next: GraphSource) => Promise<void>
}

/** Starts the gateway; it waits for no subgraph. Its release drains it. */
export async function startGateway(settings: GatewaySettings): Promise<RunningGateway> {
  await using started = new AsyncDisposableStack()
  const counters = started.use(new CacheCounters())
  const cached = settings.cache && new CachedParts(settings.cache)
  const gates = await openGates(settings, started)
  const parts = {
    mode: settings.mode,
    clients: new SubgraphClients(),
    sessionsMayHaveEnded: (): Promise<void> => revocations.refresh(),
    parts: cached,
    printsPlans: settings.debug === 'plan',
    limits: settings.limits,
    ...gates,
  }
  const graph = started.use(new CurrentGraph(await startGraph(settings, parts)))
  const identity = () => graph.now.subgraphs.get(IDENTITY_SUBGRAPH)
  const revocations = started.use(new Revocations(identity))
  const authenticate = createAuthenticate({
    jwksUrl: () => settings.jwksUrl ?? jwksUrlOf(identity()),
    dataDir: settings.dataDir,
    isEnded: (sessionId) => revocations.has(sessionId),
  })
  const routes = createRoutes({
    ...settings,
    ...gates,
    graph,
    authenticate,
    counters,
    hasPages: settings.mode === 'development',
  })
  const server = started.use(
    await listen(routes, {
      ...settings,
      name: 'the gateway',
      portVariable: 'PORT',
      isReady: async () => true,
      about: () => ({ supergraph: graph.now.supergraph.version }),
    }),
  )
  const releases = started.move()
  return {
    port: server.port,
    serve: async (next) => graph.replace(await startGraph(next, parts)),
    [Symbol.asyncDispose]: () => releases.disposeAsync(),
  }
}

/** What requests pass before they are answered. */
async function openGates(settings: GatewaySettings, started: AsyncDisposableStack) {
  const { limits } = settings
  const admission = await admissionOf(settings)
  return {
    usage: await usageOf(settings, started),
    toll: new Toll(limits, started.use(await openSharedBuckets(limits.rate.redisUrl))),
    load: started.use(new LoadShedder(limits.load)),
    admission,
    persisted: new PersistedDocuments(admission),
  }
}

/** What becomes of operations that no client was released with; null where all are admitted. */
async function admissionOf({
  persistedOperations: mode,
  operationsManifest,
}: GatewaySettings): Promise<Admission | null> {
  return mode === 'apq' ? null : new Admission(await readSafelist(operationsManifest), mode)
}

/** Counts what is asked for, where that is wanted; PostgreSQL's client is loaded only there. */
async function usageOf(
  { usageDatabaseUrl: databaseUrl, usageSample: sample }: GatewaySettings,
  started: AsyncDisposableStack,
): Promise<UsageRecorder | null> {
  if (!databaseUrl || sample === 0) return null
  const { UsageRecorder } = await import('./usage/usage-recorder.ts')
  return started.use(new UsageRecorder({ databaseUrl, sample }))
}

/** Where a subgraph that issues tokens serves its public keys. */
function jwksUrlOf(identity: SubgraphClient | undefined): string | undefined {
  return identity && new URL(JWKS_PATH, identity.url).href
}
