import { ApolloServer } from '@apollo/server'
import { formatError, unforeseenErrorsPlugin } from '../platform/graphql/formatting.ts'
import type { Mode } from '../platform/process/common-settings.ts'
import { apolloLog } from '../platform/process/log.ts'
import type { GatewayContext } from './context.ts'
import { Engine } from './engine/engine.ts'
import { badInputPlugin, operationPlugin, valueCompletionPlugin } from './request/errors.ts'
import { depthLimit } from './request/limits.ts'
import type { Source } from './subgraphs/source.ts'
import type { SupergraphFile } from './supergraph.ts'

/** One supergraph, as it is served: Apollo Server admits operations, and the engine runs them. */
export interface Graph extends AsyncDisposable {
  apollo: ApolloServer<GatewayContext>
  engine: Engine
}

// Otherwise the library tells Apollo about this machine.
process.env.APOLLO_TELEMETRY_DISABLED ??= '1'

/** Settings of the parser: a document of more tokens is refused before it can exhaust the stack. */
const LARGEST_DOCUMENT = { maxLexicalTokens: 1_000 }

/** Makes a supergraph ready to be served. */
export async function startGraph(
  { supergraph, mode }: { supergraph: SupergraphFile; mode: Mode },
  sourceOf: (subgraph: string) => Source,
): Promise<Graph> {
  const engine = new Engine(supergraph.sdl, sourceOf)
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
  return { apollo, engine, [Symbol.asyncDispose]: () => apollo.stop() }
}
