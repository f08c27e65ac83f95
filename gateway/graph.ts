import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled'
import { slicingRule } from '../platform/graphql/cost/slicing-rule.ts'
import { documentStore } from '../platform/graphql/document-store.ts'
import { documentLimits } from '../platform/graphql/limits/document-limits.ts'
import {
  formatError,
  formatErrorWithoutHints,
  unforeseenErrorsPlugin,
  type FormatError,
} from '../platform/graphql/formatting.ts'
import type { Mode } from '../platform/process/common-settings.ts'
import { apolloLog } from '../platform/process/log.ts'
import type { CachedParts } from './cache/cached-parts.ts'
import { WholeAnswers } from './cache/whole-answers.ts'
import type { GatewayContext } from './context.ts'
import { Engine } from './engine/engine.ts'
import type { Limits } from './limits/limit-settings.ts'
import { MOST_ERRORS } from './limits/most-errors.ts'
import { limitsPlugin } from './limits/limits-plugin.ts'
import type { Toll } from './limits/toll.ts'
import { badInputPlugin } from './request/bad-input-plugin.ts'
import { fewErrorsPlugin } from './request/few-errors-plugin.ts'
import { freshnessPlugin } from './request/freshness-plugin.ts'
import { jsonStatusPlugin } from './request/json-status-plugin.ts'
import { operationPlugin } from './request/operation-plugin.ts'
import type { Admission } from './safelist/admission.ts'
import type { PersistedDocuments } from './safelist/persisted-documents.ts'
import { safelistPlugin } from './safelist/safelist-plugin.ts'
import { requestLogPlugin } from './request/request-log.ts'
import { valueCompletionPlugin } from './request/value-completion-plugin.ts'
import { executorsOf } from './subgraphs/subgraph-executors.ts'
import type { KnownSubgraph, SubgraphClients, Subgraphs } from './subgraphs/subgraph-clients.ts'
import type { SupergraphFile } from './supergraph/supergraph.ts'
import { usagePlugin } from './usage/usage-plugin.ts'
import type { UsageRecorder } from './usage/usage-recorder.ts'

/** One supergraph, as it is served: Apollo Server admits operations, and the engine runs them. */
export interface Graph extends AsyncDisposable {
  apollo: ApolloServer<GatewayContext>
  engine: Engine
  subgraphs: Subgraphs
  /** Answers that are served as a whole; null where nothing is kept. */
  whole: WholeAnswers | null
  supergraph: SupergraphFile
  /** What clients are told of an error, whichever way their request takes. */
  formatError: FormatError
}

/** What a supergraph is served from. */
export interface GraphSource {
  supergraph: SupergraphFile
  /** Where its subgraphs are. */
  subgraphs: KnownSubgraph[]
}

/** What all supergraphs share. */
export interface GraphParts {
  mode: Mode
  clients: SubgraphClients
  /** Is called after a mutation of the subgraph that keeps sessions. */
  sessionsMayHaveEnded: () => Promise<void>
  /** The cache; null where nothing is kept. */
  parts: CachedParts | null
  limits: Limits
  /** Whether the plan of each operation that is new is printed. */
  printsPlans: boolean
  /** Makes operations pay before they run. */
  toll: Toll
  /** What becomes of operations that no client was released with; null where all are admitted. */
  admission: Admission | null
  persisted: PersistedDocuments
  /** Counts what is asked for; null where nobody wants to know. */
  usage: UsageRecorder | null
}

// Otherwise the library tells Apollo about this machine.
process.env.APOLLO_TELEMETRY_DISABLED ??= '1'

/** Documents that Apollo Server keeps parsed: few, since those that were admitted do not come back to it. */
const DOCUMENTS = 100

/** Makes a supergraph ready to be served. */
export async function startGraph(
  source: GraphSource,
  { mode, clients, sessionsMayHaveEnded, parts, usage, limits, printsPlans, toll, admission, persisted }: GraphParts,
): Promise<Graph> {
  await using started = new AsyncDisposableStack()
  const subgraphs = started.use(clients.of(source.subgraphs))
  const engine = new Engine(source.supergraph.sdl, executorsOf(source.supergraph, subgraphs, sessionsMayHaveEnded), {
    parts,
    printsPlans,
    memory: limits.operationsMemory * 1_000_000,
    charge: (cost, context) => toll.charge(cost, context),
    chargePlanning: (context) => toll.chargePlanning(context),
  })
  const format = mode === 'production' ? formatErrorWithoutHints : formatError
  const apollo = new ApolloServer<GatewayContext>({
    gateway: engine.asGateway(),
    introspection: mode === 'development',
    parseOptions: { maxLexicalTokens: limits.document.tokens },
    documentStore: documentStore(DOCUMENTS),
    validationOptions: { maxErrors: MOST_ERRORS },
    validationRules: [documentLimits(limits.document), slicingRule(engine.supergraph)],
    persistedQueries: { cache: persisted.cache },
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    logger: apolloLog,
    formatError: format,
    plugins: pluginsOf({ toll, admission, usage }),
  })
  await apollo.start()
  started.defer(() => apollo.stop())
  const releases = started.move()
  const whole = parts && new WholeAnswers(parts.seen)
  const { supergraph } = source
  usage?.serve(supergraph.version)
  return {
    apollo,
    engine,
    subgraphs,
    whole,
    supergraph,
    formatError: format,
    [Symbol.asyncDispose]: () => releases.disposeAsync(),
  }
}

/** What Apollo Server does besides, in this order. */
function pluginsOf({
  toll,
  admission,
  usage,
}: Pick<GraphParts, 'toll' | 'admission' | 'usage'>): ApolloServerPlugin<GatewayContext>[] {
  return [
    ApolloServerPluginCacheControlDisabled(),
    // Pages are served before it, where there are any.
    ApolloServerPluginLandingPageDisabled(),
    freshnessPlugin,
    limitsPlugin(toll),
    jsonStatusPlugin,
    operationPlugin,
    badInputPlugin,
    valueCompletionPlugin,
    unforeseenErrorsPlugin(),
    fewErrorsPlugin,
    requestLogPlugin,
    ...(admission ? [safelistPlugin(admission)] : []),
    ...(usage ? [usagePlugin(usage)] : []),
  ]
}
