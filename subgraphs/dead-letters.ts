import { z } from 'zod'
import { deadLetters, redrive } from '../platform/events/outbox.ts'
import { StartError } from '../platform/process/start-error.ts'
import { openBackgroundDatabase } from '../platform/subgraph/place.ts'
import { everyPlace } from './every-place.ts'

/**
 * Events that were given up: `npm run dead-letters` lists them, `-- redrive` lets all be delivered anew, and
 * `-- redrive <id>` one.
 */
async function main([command, id]: string[]): Promise<void> {
  if (command && command !== 'redrive')
    throw new StartError(`Unknown command ${command}: leave it out to list, or say redrive.`)
  if (id && !z.uuid().safeParse(id).success) throw new StartError(`${id} is no id of an event: take it from the list.`)
  for (const { definition, place } of everyPlace()) {
    await using database = openBackgroundDatabase(place)
    if (command) {
      process.stdout.write(`${definition.name}: ${await redrive(database, id ?? null)} will be delivered anew\n`)
      continue
    }
    for (const letter of await deadLetters(database)) {
      process.stdout.write(
        `${definition.name}: ${letter.id} ${letter.type} of ${letter.aggregateId} (version ${letter.version}), ${letter.deadAt.toISOString()}: ${letter.failure}\n`,
      )
    }
  }
}

try {
  await main(process.argv.slice(2))
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
