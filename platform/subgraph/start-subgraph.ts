import { isIP } from 'node:net'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server'
import { ApolloServerPluginLandingPageDisabled } from '@apollo/server/plugin/disabled'
import { auditing, tellRefusals } from '../audit/role-use.ts'
import { boundedJson } from '../graphql/bounded-json.ts'
import { documentStore } from '../graphql/document-store.ts'
import { formatError, unforeseenErrorsPlugin } from '../graphql/formatting.ts'
import { serveGraphQL } from '../graphql/http-graphql.ts'
import { headerOf, pathOf, sendGraphQLError } from '../http/requests.ts'
import { listen, type ListeningServer } from '../http/server.ts'
import type { SigningKeys } from '../identity/keys.ts'
import { createPassportControl, PASSPORT_HEADER, type PassportControl } from '../identity/passport.ts'
import { variablePrefix } from '../identity/subgraph-keys.ts'
import { apolloLog, log } from '../process/log.ts'
import type { Mode } from '../process/common-settings.ts'
import type { Database } from '../postgres/database.ts'
import type { OpenSubgraph, SubgraphContext, SubgraphDefinition, SubgraphRequest } from './definition.ts'
import { buildSchemaOf } from './schema.ts'

export interface SubgraphSettings {
  host: string
  port: number
  drainSeconds: number
  mode: Mode
  /** Keys whose passports are accepted. */
  passportKeys: string[]
  accessTokenKeys: () => Promise<SigningKeys>
}

/** Documents that are kept parsed: gateways send few, each time the same. */
const DOCUMENTS = 500

/** What the gateway sends may be larger than what clients may send to it: many entities are asked for at once. */
const BODY_LIMIT = 4_000_000

/** Serves a subgraph on HTTP. Its release drains it; the database stays open. */
export async function startSubgraph(
  definition: SubgraphDefinition,
  database: Database,
  settings: SubgraphSettings,
): Promise<ListeningServer> {
  await using started = new AsyncDisposableStack()
  const subgraph = await definition.open({ database, accessTokenKeys: settings.accessTokenKeys })
  const apollo = await createApolloServer(definition, settings.mode, database)
  started.defer(() => apollo.stop())
  const control = createPassportControl(definition.name, settings.passportKeys)
  // Where it is away, this part is not ready, and opens them when it is back.
  await database.open().catch((error: unknown) => log.warn({ err: error }, 'no connection could be opened yet'))
  const server = started.use(
    await listen((request, response) => handle({ apollo, subgraph, control }, request, response), {
      ...settings,
      name: definition.name,
      portVariable: `${variablePrefix(definition.name)}_PORT`,
      isReady: () => database.isReachable(),
    }),
  )
  const releases = started.move()
  return { port: server.port, [Symbol.asyncDispose]: () => releases.disposeAsync() }
}

async function createApolloServer(
  definition: SubgraphDefinition,
  mode: Mode,
  database: Database,
): Promise<ApolloServer<SubgraphContext>> {
  const apollo = new ApolloServer<SubgraphContext>({
    schema: await buildSchemaOf(definition),
    introspection: mode === 'development',
    persistedQueries: false,
    documentStore: documentStore(DOCUMENTS),
    stopOnTerminationSignals: false,
    includeStacktraceInErrorResponses: false,
    logger: apolloLog,
    formatError,
    stringifyResult: boundedJson,
    plugins: [ApolloServerPluginLandingPageDisabled(), unforeseenErrorsPlugin(), refusalsPlugin(database)],
  })
  await apollo.start()
  return apollo
}

/** Tells the audit trail what somebody was refused. */
function refusalsPlugin(database: Database): ApolloServerPlugin<SubgraphContext> {
  return {
    async requestDidStart() {
      return { didEncounterErrors: ({ errors }) => tellRefusals(database, errors) }
    },
  }
}

interface Parts {
  apollo: ApolloServer<SubgraphContext>
  subgraph: OpenSubgraph
  control: PassportControl
}

async function handle(
  { apollo, subgraph, control }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const route = subgraph.routes?.[pathOf(request)]
  if (route?.isPublic) return route.answer(request, response)
  const viewer = await control(headerOf(request, PASSPORT_HEADER))
  if (viewer === 'invalid')
    return sendGraphQLError(
      response,
      401,
      'UNAUTHENTICATED',
      'A subgraph answers the gateway alone: there is no valid passport.',
    )
  if (route) return route.answer(request, response)
  if (pathOf(request) !== '/graphql')
    return sendGraphQLError(response, 404, 'NOT_FOUND', 'There is nothing here but /graphql.')
  const asked = readRequest(request, viewer)
  return auditing(asked, () => serveGraphQL(apollo, request, response, subgraph.createContext(asked), BODY_LIMIT))
}

/** What the gateway tells of a request; its passport vouches for the headers beside it. */
function readRequest(request: IncomingMessage, viewer: SubgraphRequest['viewer']): SubgraphRequest {
  const address = headerOf(request, 'x-client-address') ?? ''
  return {
    viewer,
    requestId: headerOf(request, 'x-request-id') ?? '',
    clientAddress: isIP(address) ? address : 'unknown',
    userAgent: headerOf(request, 'x-client-agent')?.slice(0, 500) ?? null,
  }
}
