import { runCommand } from '../platform/process/run-command.ts'
import { migrateSubgraph } from '../platform/subgraph/place.ts'
import { everyPlace } from './every-place.ts'

/** Applies the migrations of every subgraph and ends: `npm run migrate`. */
await runCommand(async () => {
  for (const { definition, place } of await everyPlace()) {
    const applied = await migrateSubgraph(definition, place)
    process.stdout.write(`${definition.name}: ${applied.length > 0 ? applied.join(', ') : 'nothing to do'}\n`)
  }
})
