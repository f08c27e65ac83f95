import { passportKeysOf } from '../platform/identity/subgraph-keys.ts'
import { modeIn } from '../platform/process/common-settings.ts'
import { runProcess } from '../platform/process/run-process.ts'
import { readSettings } from '../platform/process/settings.ts'
import { startGateway } from './index.ts'
import { gatewaySettings, subgraphAddressSettings, supergraphSetting } from './settings.ts'
import { readSupergraph } from './supergraph.ts'

/** The gateway by itself: `npm run start:gateway`. */
await runProcess(async (resources) => {
  const supergraph = await readSupergraph(readSettings(supergraphSetting).file)
  const addresses = Object.fromEntries(
    supergraph.subgraphs.map(({ name }) => [name, subgraphAddressSettings(name, modeIn(process.env))]),
  )
  const { own, subgraphs } = readSettings({ own: gatewaySettings, subgraphs: addresses })
  const reached = supergraph.subgraphs.map(async ({ name, url }) => ({
    name,
    url: subgraphs[name]?.url ?? url,
    passportKeys: await passportKeysOf(name, subgraphs[name]?.passportKeys, own.dataDir),
  }))
  const server = await startGateway({ ...own, supergraph, subgraphs: await Promise.all(reached), explorers: [] })
  resources.use(server)
  process.stdout.write(`The gateway listens on http://${own.host}:${server.port}/graphql\n`)
})
