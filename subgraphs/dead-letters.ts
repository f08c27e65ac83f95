import { z } from 'zod'
import { deadLetters, redrive } from '../platform/events/outbox-store.ts'
import { withDeadLetters, type DeadLetterQueues } from '../platform/events/rabbitmq/dead-letters.ts'
import { createMailer } from '../platform/mail.ts'
import { readSettings } from '../platform/process/settings.ts'
import { runCommand } from '../platform/process/run-command.ts'
import { StartError } from '../platform/process/start-error.ts'
import { checkPlace, openBackgroundDatabase } from '../platform/subgraph/place.ts'
import { listenerOf, type WorkedSubgraph } from '../platform/subgraph/start-worker.ts'
import { everyPlace } from './every-place.ts'
import { busSettings, mailSettings } from './settings.ts'

/**
 * Events that were given up: `npm run dead-letters` lists them, `-- redrive` lets all be delivered anew, and
 * `-- redrive <id>` one. They wait in the outbox, or, with a broker, in a queue of who gave them up.
 */
async function main([command, id]: string[]): Promise<void> {
  if (command && command !== 'redrive')
    throw new StartError(`Unknown command ${command}: leave it out to list, or say redrive.`)
  if (id && !z.uuid().safeParse(id).success) throw new StartError(`${id} is no id of an event: take it from the list.`)
  const settings = readSettings({ bus: busSettings, mail: mailSettings })
  await using resources = new AsyncDisposableStack()
  const places = await everyPlace()
  for (const { place } of places) await checkPlace(place)
  const subgraphs = places.map(({ definition, place }) => ({
    definition,
    database: resources.use(openBackgroundDatabase(place)),
  }))
  const found = await inOutboxes(subgraphs, command, id ?? null)
  const { amqpUrl, firstPause } = settings.bus
  if (amqpUrl) {
    const listeners = subgraphs.map((subgraph) => listenerOf(subgraph, createMailer(settings.mail)))
    found.push(
      ...(await withDeadLetters(amqpUrl, listeners, firstPause, (queues) => inQueues(queues, command, id ?? null))),
    )
  }
  process.stdout.write(found.map((line) => `${line}\n`).join(''))
  if (!command && found.length === 0) process.stdout.write('No event was given up.\n')
  if (!amqpUrl) process.stdout.write('AMQP_URL is not set, so no broker was looked at.\n')
}

async function inOutboxes(subgraphs: WorkedSubgraph[], command: string | undefined, id: string | null) {
  const lines: string[] = []
  for (const { definition, database } of subgraphs) {
    if (command) lines.push(`${definition.name}: ${await redrive(database, id)} will be delivered anew`)
    else
      for (const letter of await deadLetters(database))
        lines.push(
          `${definition.name}: ${letter.id} ${letter.type} of ${letter.aggregateId} (version ${letter.version}), ${letter.deadAt.toISOString()}: ${letter.failure}`,
        )
  }
  return lines
}

async function inQueues(queues: DeadLetterQueues, command: string | undefined, id: string | null): Promise<string[]> {
  if (command)
    return (await queues.redrive(id)).map(
      ({ listener, count }) => `at the broker, given up by ${listener}: ${count} will be delivered anew`,
    )
  return (await queues.list()).flatMap(({ listener, letters }) =>
    letters.map(
      (letter) => `at the broker, given up by ${listener}: ${letter.id} ${letter.description}: ${letter.failure}`,
    ),
  )
}

await runCommand(main)
