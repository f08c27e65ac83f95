import { runCommand } from '../platform/process/run-command.ts'
import { checkPlace, openDatabase } from '../platform/subgraph/place.ts'
import { everyPlace } from './every-place.ts'

/** When a statement over all rows ends, in ms. */
const LONGEST = 600_000

/** Compares what subgraphs hold with what it can be rebuilt from, and ends with 1 when it differs: `npm run verify`. */
await runCommand(async () => {
  for (const { definition, place } of await everyPlace()) {
    if (!definition.verify) continue
    await checkPlace(place)
    await using database = openDatabase({ ...definition, statementTimeout: LONGEST }, place)
    const differences = await database.transaction(async (queries) => {
      // Of one moment, while orders go on.
      await queries.query('set transaction isolation level repeatable read, read only')
      return (await definition.verify?.(queries)) ?? []
    })
    for (const difference of differences) process.stdout.write(`${definition.name}: ${difference}\n`)
    process.stdout.write(`${definition.name}: ${differences.length === 0 ? 'no' : differences.length} differences\n`)
    if (differences.length > 0) process.exitCode = 1
  }
})
