import { runProcess } from '../platform/process/run-process.ts'
import { migrateSubgraph, openBackgroundDatabase } from '../platform/subgraph/place.ts'
import { startWorker } from '../platform/subgraph/start-worker.ts'
import { createMailer } from '../platform/mail.ts'
import { readSettings } from '../platform/process/settings.ts'
import { mailSettings } from './settings.ts'
import { everyPlace } from './every-place.ts'

/** What no request waits for, for all subgraphs: `npm run start:worker`. Several side by side are safe. */
await runProcess(async (resources) => {
  const places = everyPlace()
  for (const { definition, place } of places) await migrateSubgraph(definition, place)
  const worked = places.map(({ definition, place }) => ({
    definition,
    database: resources.use(openBackgroundDatabase(place)),
  }))
  resources.use(startWorker(worked, createMailer(readSettings(mailSettings))))
  process.stdout.write('The worker carries events.\n')
})
