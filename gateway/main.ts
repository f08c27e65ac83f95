import { openSharedCache } from '../platform/cache/open-cache.ts'
import { passportKeysOf } from '../platform/identity/subgraph-keys.ts'
import { announce } from '../platform/process/announce.ts'
import { modeIn } from '../platform/process/common-settings.ts'
import { log } from '../platform/process/log.ts'
import { runProcess } from '../platform/process/run-process.ts'
import { readSettings } from '../platform/process/settings.ts'
import { startWatchedGateway } from './start-watched.ts'
import { gatewaySettings, subgraphAddressSettings, supergraphSettings } from './settings.ts'
import type { KnownSubgraph } from './subgraphs/subgraph-clients.ts'
import { openSupergraph } from './supergraph/last-good.ts'
import { supergraphSourceOf } from './supergraph/supergraph-source.ts'
import type { SupergraphFile } from './supergraph/supergraph.ts'

/** The gateway by itself: `npm run start:gateway`. */
await runProcess(async (resources) => {
  const { source: setting, dataDir } = readSettings(supergraphSettings)
  const source = supergraphSourceOf(setting)
  const supergraph = await openSupergraph(source, dataDir)
  const own = readSettings({ own: gatewaySettings, subgraphs: addressSettingsOf(supergraph) }).own
  const cache = resources.use(await openSharedCache(own)) ?? null
  if (own.cache === 'on' && !cache)
    log.info('nothing is cached: set REDIS_URL, where subgraphs can tell what has changed')
  const gateway = await startWatchedGateway(
    { ...own, cache, usageDatabaseUrl: own.usageDatabaseUrl ?? own.databaseUrl, explorers: [] },
    { source, supergraph, addressesOf: (served) => subgraphsOf(served, own.dataDir) },
    resources,
  )
  announce(own.mode, `The gateway listens on http://${own.host}:${gateway.port}/graphql`)
})

function addressSettingsOf({ subgraphs }: SupergraphFile) {
  return Object.fromEntries(subgraphs.map(({ name }) => [name, subgraphAddressSettings(name, modeIn(process.env))]))
}

/** Where the subgraphs of a supergraph are, as the environment or the supergraph says. */
async function subgraphsOf(supergraph: SupergraphFile, dataDir: string): Promise<KnownSubgraph[]> {
  const settings = readSettings(addressSettingsOf(supergraph))
  return Promise.all(
    supergraph.subgraphs.map(async ({ name, url }) => ({
      name,
      url: settings[name]?.url ?? url,
      passportKeys: await passportKeysOf(name, settings[name]?.passportKeys, dataDir),
    })),
  )
}
