import { StartError } from '../platform/process/start-error.ts'
import { migrateSubgraph } from '../platform/subgraph/place.ts'
import { everyPlace } from './every-place.ts'

/** Applies the migrations of every subgraph and ends: `npm run migrate`. */
try {
  for (const { definition, place } of everyPlace()) {
    const applied = await migrateSubgraph(definition, place)
    process.stdout.write(`${definition.name}: ${applied.length > 0 ? applied.join(', ') : 'nothing to do'}\n`)
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
