import { runProcess } from '../platform/process/run-process.ts'
import { migrateSubgraph, openBackgroundDatabase } from '../platform/subgraph/place.ts'
import { startWorker } from '../platform/subgraph/start-worker.ts'
import { createMailer } from '../platform/mail.ts'
import { announce } from '../platform/process/announce.ts'
import { commonSettings } from '../platform/process/common-settings.ts'
import { openSharedCache } from '../platform/cache/open-cache.ts'
import { readSettings } from '../platform/process/settings.ts'
import { busSettings, mailSettings } from './settings.ts'
import { everyPlace } from './every-place.ts'

/** What no request waits for, for all subgraphs: `npm run start:worker`. Several side by side are safe. */
await runProcess(async (resources) => {
  const settings = readSettings({ mail: mailSettings, bus: busSettings, common: commonSettings })
  const cache = resources.use(await openSharedCache(settings.common))
  const places = await everyPlace()
  for (const { definition, place } of places) await migrateSubgraph(definition, place)
  const worked = places.map(({ definition, place }) => ({
    definition,
    database: resources.use(openBackgroundDatabase(place, cache)),
  }))
  resources.use(await startWorker(worked, { mailer: createMailer(settings.mail), bus: settings.bus, cache }))
  announce(settings.common.mode, 'The worker carries events.')
})
