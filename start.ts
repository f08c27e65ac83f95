import { demoExplorers } from './gateway/pages/demo-explorers.ts'
import { gatewaySettings, supergraphSettings } from './gateway/settings.ts'
import { startWatchedGateway } from './gateway/start-watched.ts'
import { openSupergraph } from './gateway/supergraph/last-good.ts'
import { supergraphSourceOf } from './gateway/supergraph/supergraph-source.ts'
import type { SupergraphFile } from './gateway/supergraph/supergraph.ts'
import { accessTokenKeysOf, passportKeysOf, variablePrefix } from './platform/identity/subgraph-keys.ts'
import { createMailer } from './platform/mail.ts'
import { openCache } from './platform/cache/open-cache.ts'
import type { Cache } from './platform/cache/cache.ts'
import { startEmbeddedPostgres } from './platform/postgres/embedded/server.ts'
import { modeIn, type Mode } from './platform/process/common-settings.ts'
import { requireDistinctPorts } from './platform/process/distinct-ports.ts'
import { runProcess } from './platform/process/run-process.ts'
import { readSettings, type ValuesOf } from './platform/process/settings.ts'
import { writeDemoDataOnce } from './platform/subgraph/demo-data.ts'
import { migrateSubgraph, openBackgroundDatabase, openDatabase, placeOf } from './platform/subgraph/place.ts'
import { startSubgraph } from './platform/subgraph/start-subgraph.ts'
import { startWorker, type WorkedSubgraph } from './platform/subgraph/start-worker.ts'
import { welcome } from './platform/welcome.ts'
import { subgraphs, type SubgraphName } from './schema/subgraphs.ts'
import { definitionOf } from './subgraphs/all.ts'
import { busSettings, mailSettings, subgraphSettings } from './subgraphs/settings.ts'

function settingsOfAll(mode: Mode) {
  return {
    supergraph: supergraphSettings,
    gateway: gatewaySettings,
    mail: mailSettings,
    bus: busSettings,
    subgraphs: Object.fromEntries(subgraphs.map(({ name, port }) => [name, subgraphSettings(name, port, mode)])),
  }
}

/** What `startSupergraph` is told, beside the environment. */
export interface SupergraphOptions {
  environment: NodeJS.ProcessEnv
  /** Where every subgraph without a database of its own has its tables. */
  databaseUrl: string
  hasDemoData: boolean
}

/** A supergraph that runs in this process. */
export interface RunningSupergraph {
  gatewayPort: number
  /** The port of each subgraph, by name. */
  subgraphPorts: Record<string, number>
}

type Settings = ValuesOf<ReturnType<typeof settingsOfAll>>
type Parts = SupergraphOptions & { settings: Settings; cache: Cache | undefined; resources: AsyncDisposableStack }

/**
 * Starts every part in this process. It differs from production in that alone: the gateway always speaks HTTP to
 * subgraphs. `resources` releases the parts in reverse.
 */
export async function startSupergraph(
  options: SupergraphOptions,
  resources: AsyncDisposableStack,
): Promise<RunningSupergraph> {
  const settings = readSettings(settingsOfAll(modeIn(options.environment)), options.environment)
  const source = supergraphSourceOf(settings.supergraph.source)
  const supergraph = await openSupergraph(source, settings.gateway.dataDir)
  const cache = resources.use(await openCache(settings.gateway))
  const parts = { ...options, settings, cache, resources }
  const running: Awaited<ReturnType<typeof startOne>>[] = []
  for (const { name } of subgraphs) running.push(await startOne(name, parts))
  resources.use(
    await startWorker(
      running.map(({ worked }) => worked),
      { mailer: createMailer(settings.mail), bus: settings.bus, cache },
    ),
  )
  const subgraphPorts = Object.fromEntries(running.map(({ name, port }) => [name, port]))
  const addressesOf = (served: SupergraphFile) =>
    Promise.all(
      served.subgraphs.map(async ({ name, url }) => ({
        name,
        url: name in subgraphPorts ? `http://127.0.0.1:${subgraphPorts[name]}/graphql` : url,
        passportKeys: await passportKeysOf(name, settings.subgraphs[name]?.passportKeys, settings.gateway.dataDir),
      })),
    )
  const gateway = await startWatchedGateway(
    {
      ...settings.gateway,
      cache: cache ?? null,
      usageDatabaseUrl: settings.gateway.usageDatabaseUrl ?? options.databaseUrl,
      explorers: settings.gateway.mode === 'production' ? [] : demoExplorers(),
    },
    { source, supergraph, addressesOf },
    resources,
  )
  return { gatewayPort: gateway.port, subgraphPorts }
}

/** The ports to listen on, by the variables that set them. */
function portsOf({ gateway, subgraphs: own }: Settings): Record<string, number> {
  const ofSubgraphs = Object.entries(own).map(([name, { port }]) => [`${variablePrefix(name)}_PORT`, port])
  return { PORT: gateway.port, ...Object.fromEntries(ofSubgraphs) }
}

async function startOne(name: SubgraphName, { settings, databaseUrl, hasDemoData, cache, resources }: Parts) {
  const own = settings.subgraphs[name]
  const definition = definitionOf(name)
  const place = placeOf(name, own?.databaseUrl, databaseUrl)
  await migrateSubgraph(definition, place)
  const database = resources.use(openDatabase(definition, place, cache))
  if (hasDemoData) await writeDemoDataOnce(definition, database)
  const worked: WorkedSubgraph = { definition, database: resources.use(openBackgroundDatabase(place, cache)) }
  const server = await startSubgraph(definition, database, {
    ...settings.gateway,
    host: '127.0.0.1',
    // The only client is the gateway of this process, which has drained before.
    drainSeconds: 0,
    port: own?.port ?? 0,
    passportKeys: await passportKeysOf(name, own?.passportKeys, settings.gateway.dataDir),
    accessTokenKeys: () => accessTokenKeysOf(own?.accessTokenKeys, settings.gateway.dataDir),
  })
  resources.use(server)
  return { name, port: server.port, worked }
}

/** The whole supergraph on one machine: `npm start`. */
async function main(resources: AsyncDisposableStack): Promise<void> {
  const settings = readSettings(settingsOfAll(modeIn(process.env)))
  requireDistinctPorts(portsOf(settings))
  const { gateway } = settings
  const embedded = gateway.databaseUrl ? null : resources.use(await startEmbeddedPostgres({ dataDir: gateway.dataDir }))
  const databaseUrl = gateway.databaseUrl ?? embedded?.url ?? ''
  const options = { environment: process.env, databaseUrl, hasDemoData: gateway.mode === 'development' }
  const { gatewayPort, subgraphPorts } = await startSupergraph(options, resources)
  const database = embedded ? `embedded, its data in ${gateway.dataDir}` : 'the one of DATABASE_URL'
  const isSafelisted = gateway.persistedOperations === 'safelist'
  process.stdout.write(welcome({ gatewayPort, subgraphPorts, database, mode: gateway.mode, isSafelisted }))
}

if (import.meta.main) await runProcess(main)
