import { accessTokenKeysOf, passportKeysOf } from '../platform/identity/subgraph-keys.ts'
import { openSharedCache } from '../platform/cache/open-cache.ts'
import { announce } from '../platform/process/announce.ts'
import { commonSettings, modeIn } from '../platform/process/common-settings.ts'
import { runProcess } from '../platform/process/run-process.ts'
import { readSettings } from '../platform/process/settings.ts'
import { StartError } from '../platform/process/start-error.ts'
import { migrateSubgraph, openDatabase, placeOf } from '../platform/subgraph/place.ts'
import { startSubgraph } from '../platform/subgraph/start-subgraph.ts'
import { subgraphs } from '../schema/subgraphs.ts'
import { definitionOf } from './all.ts'
import { databaseUrlOf, subgraphSettings } from './settings.ts'

/** One subgraph by itself: `npm run start:subgraph -- users`. */
await runProcess(async (resources) => {
  const known = subgraphs.find(({ name }) => name === process.argv[2])
  if (!known) throw new StartError(`Say which subgraph: ${subgraphs.map(({ name }) => name).join(', ')}.`)
  const { name } = known
  const definition = definitionOf(name)
  const { common, own } = readSettings({
    common: commonSettings,
    own: subgraphSettings(name, known.port, modeIn(process.env)),
  })
  const place = placeOf(name, own.databaseUrl, databaseUrlOf(name, own.databaseUrl, common.databaseUrl))
  await migrateSubgraph(definition, place)
  const cache = resources.use(await openSharedCache(common))
  const database = resources.use(openDatabase(definition, place, cache))
  const server = await startSubgraph(definition, database, {
    ...common,
    port: own.port,
    passportKeys: await passportKeysOf(name, own.passportKeys, common.dataDir),
    accessTokenKeys: () => accessTokenKeysOf(own.accessTokenKeys, common.dataDir),
  })
  resources.use(server)
  announce(common.mode, `The ${name} subgraph listens on http://${common.host}:${server.port}/graphql`)
})
