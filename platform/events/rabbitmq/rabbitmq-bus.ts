import type { Bus } from '../bus.ts'
import { typesOf, type Listener } from '../consumers.ts'
import type { PublishedEvent } from '../events.ts'
import { stayConnected, type Channels } from './connection.ts'
import { createSender, encode, Unroutable, type Letter } from './messages.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { declareTopology, EXCHANGE } from './topology.ts'

/** What there is while the broker is connected. */
interface Session {
  channels: Channels
  send: (letter: Letter, isExpected: boolean) => Promise<void>
  receivers: Receiver[]
}

/**
 * A bus through RabbitMQ: an event is in safe hands once the broker has it in the queue of everyone who listens, from
 * where several workers take them. Connects by itself, again and again.
 * @param firstPause between two attempts to consume an event, in ms.
 */
export async function createRabbitMqBus(url: string, listeners: Listener[], firstPause: number): Promise<Bus> {
  const hearing = listeners.filter((listener) => typesOf(listener).length > 0)
  const heard = new Set(hearing.flatMap(typesOf))
  let session: Session | undefined
  const connection = await stayConnected(
    url,
    async (channels) => void (session = await open(channels, hearing, firstPause)),
    () => void (session = undefined),
  )
  return {
    async publish(event) {
      if (!session) throw new Error('the broker is away')
      await publish(session, event, heard.has(event.type))
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(session?.receivers.map((receiver) => receiver.stop()) ?? [])
      await connection.close()
    },
  }
}

async function open(channels: Channels, listeners: Listener[], firstPause: number): Promise<Session> {
  await declareTopology(channels.consumer, listeners, firstPause)
  const send = createSender(channels.publisher)
  const receivers: Receiver[] = []
  for (const listener of listeners) receivers.push(await startReceiver({ channels, send, listener, firstPause }))
  return { channels, send, receivers }
}

async function publish({ channels, send }: Session, event: PublishedEvent, isHeard: boolean): Promise<void> {
  const letter = { exchange: EXCHANGE, routingKey: event.type, body: encode(event), id: event.id }
  try {
    await send(letter, isHeard)
  } catch (error) {
    // Somebody removed the queue: the next connection declares it again.
    if (error instanceof Unroutable) channels.giveUp(error.message)
    throw error
  }
}
