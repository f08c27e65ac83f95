import { runningEmbeddedUrl } from '../platform/postgres/embedded/running-server.ts'
import type { Place } from '../platform/postgres/prepare.ts'
import { readSettings } from '../platform/process/settings.ts'
import { commonSettings } from '../platform/process/common-settings.ts'
import type { SubgraphDefinition } from '../platform/subgraph/definition.ts'
import { placeOf } from '../platform/subgraph/place.ts'
import { subgraphs } from '../schema/subgraphs.ts'
import { definitionOf } from './all.ts'
import { databaseSettings, databaseUrlOf } from './settings.ts'

/**
 * Every subgraph with the place of its tables: as the environment says, or else in the embedded PostgreSQL that
 * `npm start` runs now.
 * @throws StartError when one has none.
 */
export async function everyPlace(): Promise<{ definition: SubgraphDefinition; place: Place }[]> {
  const own = Object.fromEntries(subgraphs.map(({ name }) => [name, databaseSettings(name)]))
  const settings = readSettings({ common: commonSettings, own })
  const shared = settings.common.databaseUrl ?? (await runningEmbeddedUrl(settings.common.dataDir))
  return subgraphs.map(({ name }) => {
    const url = settings.own[name]?.databaseUrl
    return {
      definition: definitionOf(name),
      place: placeOf(name, url, databaseUrlOf(name, url, shared)),
    }
  })
}
