import type { Place } from '../platform/postgres/prepare.ts'
import { readSettings } from '../platform/process/settings.ts'
import { commonSettings } from '../platform/process/common-settings.ts'
import type { SubgraphDefinition } from '../platform/subgraph/definition.ts'
import { placeOf } from '../platform/subgraph/place.ts'
import { subgraphs } from '../schema/subgraphs.ts'
import { definitionOf } from './all.ts'
import { databaseSettings, databaseUrlOf } from './settings.ts'

/** Every subgraph with the place of its tables, as the environment says. @throws StartError when one has none. */
export function everyPlace(): { definition: SubgraphDefinition; place: Place }[] {
  const own = Object.fromEntries(subgraphs.map(({ name }) => [name, databaseSettings(name)]))
  const settings = readSettings({ common: commonSettings, own })
  return subgraphs.map(({ name }) => {
    const url = settings.own[name]?.databaseUrl
    return {
      definition: definitionOf(name),
      place: placeOf(name, url, databaseUrlOf(name, url, settings.common.databaseUrl)),
    }
  })
}
