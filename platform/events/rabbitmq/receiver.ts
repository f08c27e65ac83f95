import type { Message } from 'amqplib'
import { UnavailableError } from '../../graphql/errors.ts'
import { log } from '../../process/log.ts'
import { eventPassages, type EventPassage } from '../../observe.ts'
import { pausesFrom } from '../attempts.ts'
import { consume, type Listener } from '../consumers.ts'
import type { Channels } from './connection.ts'
import { decode, historyOf, type Letter } from './messages.ts'
import { deadQueueOf, pauseQueueOf, queueOf } from './topology.ts'

/** Messages at once: fewer than a listener has connections. */
const PREFETCH = 8

/** Takes messages for a listener. */
export interface Receiver {
  /** Takes no more, and waits for those that it has begun with. */
  stop: () => Promise<void>
}

interface Parts {
  channels: Channels
  send: (letter: Letter, isExpected: boolean) => Promise<void>
  listener: Listener
  /** In ms. */
  firstPause: number
}

/** Lets a listener consume what its queue has. A message is acknowledged once its effect, or its move, is certain. */
export async function startReceiver(parts: Parts): Promise<Receiver> {
  const { channels, listener } = parts
  const begun = new Set<Promise<void>>()
  await channels.consumer.prefetch(PREFETCH)
  const { consumerTag } = await channels.consumer.consume(queueOf(listener.name), (message) => {
    if (!message) return channels.giveUp(`the queue ${queueOf(listener.name)} was removed`)
    const work = receive(parts, message).finally(() => begun.delete(work))
    begun.add(work)
  })
  return {
    async stop() {
      await channels.consumer.cancel(consumerTag).catch(() => undefined)
      await Promise.all(begun)
    },
  }
}

async function receive(parts: Parts, message: Message): Promise<void> {
  const { channels, listener } = parts
  try {
    await handle(parts, message)
    channels.consumer.ack(message)
    if (eventPassages.hasSubscribers)
      eventPassages.publish({ stage: 'acknowledged', listener: listener.name } satisfies EventPassage)
  } catch (error) {
    // The connection is lost, so the broker gives the message to somebody else.
    log.warn({ err: error, listener: listener.name }, 'a message could not be handled now, and will be later')
    channels.giveUp('what became of a message could not be told to the broker')
  }
}

/** Consumes a message or moves it to where it waits. @throws when the broker has neither. */
async function handle(parts: Parts, message: Message): Promise<void> {
  const { listener, firstPause } = parts
  try {
    const event = decode(message)
    if (event === 'unknown') return await move(parts, message, pauseQueueOf(listener.name, firstPause), null)
    await consume(listener, event)
  } catch (error) {
    if (error instanceof UnavailableError) return move(parts, message, pauseQueueOf(listener.name, firstPause), null)
    await fail(parts, message, error)
  }
}

/** Lets a message that a listener failed at wait, longer each time, or makes a dead letter of it. */
async function fail(parts: Parts, message: Message, error: unknown): Promise<void> {
  const { listener, firstPause } = parts
  const { failures } = historyOf(message)
  const pause = pausesFrom(firstPause)[failures]
  log.error(
    {
      err: error,
      eventId: message.properties.messageId,
      eventType: message.fields.routingKey,
      listener: listener.name,
    },
    `an event could not be consumed, and ${pause === undefined ? 'was given up' : 'will be tried again'}`,
  )
  const queue = pause === undefined ? deadQueueOf(listener.name) : pauseQueueOf(listener.name, pause)
  await move(parts, message, queue, error instanceof Error ? error.message : String(error))
}

/** Sends a message on to another queue. @param failure null when the listener is not to blame. */
async function move({ send }: Parts, message: Message, queue: string, failure: string | null): Promise<void> {
  const before = historyOf(message)
  const history = failure === null ? before : { failures: before.failures + 1, failure }
  const id = String(message.properties.messageId)
  await send({ exchange: '', routingKey: queue, body: message.content, id, history }, true)
}
