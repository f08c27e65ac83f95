import { setTimeout as sleep } from 'node:timers/promises'
import type { Channel, Message } from 'amqplib'
import { eventPassages, type EventPassage } from '../../observe.ts'
import { log } from '../../process/log.ts'
import { pausesFrom } from '../attempts.ts'
import { isPassing } from '../bus.ts'
import { consume, type Listener } from '../consumers.ts'
import type { Link } from './connection.ts'
import { decode, historyOf } from './messages.ts'
import type { Publisher } from './publisher.ts'
import { deadQueueOf, pauseQueueOf, queueOf } from './topology.ts'
import { messageOf } from '../../process/message-of.ts'

/** Messages at once: fewer than a listener has connections. */
const PREFETCH = 8
/** How long a message that nobody can take now stays with us, in ms. */
const RETURN_AFTER = 1_000

/** Takes messages for a listener. */
export interface Receiver {
  /** Takes no more, and waits for those that it has begun with. */
  stop: () => Promise<void>
}

interface Parts {
  channel: Channel
  giveUp: Link['giveUp']
  /** For messages that go on to another queue. */
  publisher: Publisher
  listener: Listener
  /** In ms. */
  firstPause: number
}

/** Lets a listener consume what its queue has. A message is acknowledged once its effect, or its move, is certain. */
export async function startReceiver(parts: Parts): Promise<Receiver> {
  const { channel, giveUp, listener } = parts
  const begun = new Set<Promise<void>>()
  await channel.prefetch(PREFETCH)
  const { consumerTag } = await channel.consume(queueOf(listener.name), (message) => {
    if (!message) return giveUp(`the queue ${queueOf(listener.name)} was removed`)
    const work = receive(parts, message).finally(() => begun.delete(work))
    begun.add(work)
  })
  return {
    async stop() {
      // On a connection that is lost nothing comes any more.
      await channel.cancel(consumerTag).catch(() => undefined)
      await Promise.all(begun)
    },
  }
}

async function receive(parts: Parts, message: Message): Promise<void> {
  const { channel, giveUp, listener } = parts
  try {
    if (!(await isHandled(parts, message))) return channel.nack(message, false, true)
    channel.ack(message)
    if (eventPassages.hasSubscribers)
      eventPassages.publish({ stage: 'acknowledged', listener: listener.name } satisfies EventPassage)
  } catch (error) {
    // The connection is lost, so the broker gives the message to somebody else.
    log.warn({ err: error, listener: listener.name }, 'what became of a message could not be told to the broker')
    giveUp('what became of a message could not be told')
  }
}

/** Consumes a message or moves it on; when neither is possible now, tells so after a moment. */
async function isHandled(parts: Parts, message: Message): Promise<boolean> {
  try {
    await consumeOrMove(parts, message)
    return true
  } catch (error) {
    log.warn({ err: error, listener: parts.listener.name }, 'a message could not be handled now, and will be later')
    await sleep(RETURN_AFTER)
    return false
  }
}

async function consumeOrMove(parts: Parts, message: Message): Promise<void> {
  const { listener, firstPause } = parts
  const later = pauseQueueOf(listener.name, firstPause)
  try {
    const event = decode(message)
    if (event === 'unknown') return await move(parts, message, later, null)
    await consume(listener, event)
  } catch (error) {
    if (isPassing(error)) return move(parts, message, later, null)
    await fail(parts, message, error)
  }
}

/** Lets a message that a listener failed at wait, longer each time, or makes a dead letter of it. */
async function fail(parts: Parts, message: Message, error: unknown): Promise<void> {
  const { listener, firstPause } = parts
  const { failures } = historyOf(message)
  const pause = pausesFrom(firstPause)[failures]
  const { messageId: eventId, type: eventType } = message.properties
  log.error(
    { err: error, eventId, eventType, listener: listener.name },
    `an event could not be consumed, and ${pause === undefined ? 'was given up' : 'will be tried again'}`,
  )
  const queue = pause === undefined ? deadQueueOf(listener.name) : pauseQueueOf(listener.name, pause)
  await move(parts, message, queue, messageOf(error))
}

/** Sends a message on to another queue. @param failure null when the listener is not to blame. */
async function move({ publisher }: Parts, message: Message, queue: string, failure: string | null): Promise<void> {
  const before = historyOf(message)
  const history = failure === null ? before : { failures: before.failures + 1, failure }
  const { messageId, type } = message.properties
  const body = message.content
  await publisher.send({ exchange: '', routingKey: queue, body, id: String(messageId), type: String(type), history })
}
