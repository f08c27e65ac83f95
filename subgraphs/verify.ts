import { StartError } from '../platform/process/start-error.ts'
import { openDatabase } from '../platform/subgraph/place.ts'
import { everyPlace } from './every-place.ts'

/** When a statement over all rows ends, in ms. */
const LONGEST = 600_000

/** Compares what subgraphs hold with what it can be rebuilt from, and ends with 1 when it differs: `npm run verify`. */
try {
  for (const { definition, place } of everyPlace()) {
    if (!definition.verify) continue
    await using database = openDatabase({ ...definition, statementTimeout: LONGEST }, place)
    const differences = await definition.verify(database)
    for (const difference of differences) process.stdout.write(`${definition.name}: ${difference}\n`)
    process.stdout.write(
      `${definition.name}: ${differences.length === 0 ? 'all as its history says' : `${differences.length} differences`}\n`,
    )
    if (differences.length > 0) process.exitCode = 1
  }
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
