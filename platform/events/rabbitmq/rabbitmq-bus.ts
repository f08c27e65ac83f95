import type { Channel } from 'amqplib'
import type { Bus } from '../bus.ts'
import { typesOf, type Listener } from '../consumers.ts'
import { stayConnected, watch, type Link } from './connection.ts'
import { startPublisher, type Publisher } from './publisher.ts'
import { startReceiver, type Receiver } from './receiver.ts'
import { declareTopology } from './topology.ts'

/**
 * A bus through RabbitMQ: an event is in safe hands once the broker has it in the queues of those who listen, from
 * where several workers take them. Connects by itself, again and again.
 * @param firstPause between two attempts to consume an event, in ms.
 */
export async function createRabbitMqBus(url: string, listeners: Listener[], firstPause: number): Promise<Bus> {
  await using started = new AsyncDisposableStack()
  const hearing = listeners.filter((listener) => typesOf(listener).length > 0)
  const publisher = started.use(await startPublisher(url, hearing, firstPause))
  started.use(await startReceiving(url, hearing, firstPause, publisher))
  const releases = started.move()
  return { publish: publisher.publish, [Symbol.asyncDispose]: () => releases.disposeAsync() }
}

/** Lets every listener take its messages, on each connection anew. */
async function startReceiving(
  url: string,
  listeners: Listener[],
  firstPause: number,
  publisher: Publisher,
): Promise<AsyncDisposable> {
  let receivers: Receiver[] = []
  let channel: Channel | undefined
  async function onOpen({ model, giveUp }: Link): Promise<void> {
    const opened = watch(await model.createChannel(), giveUp)
    await declareTopology(opened, listeners, firstPause)
    receivers = []
    for (const listener of listeners)
      receivers.push(await startReceiver({ channel: opened, giveUp, publisher, listener, firstPause }))
    channel = opened
  }
  const onLost = () => void (channel = undefined)
  const connection = await stayConnected({ url, purpose: 'consuming', onOpen, onLost })
  return {
    async [Symbol.asyncDispose]() {
      await Promise.all(receivers.map((receiver) => receiver.stop()))
      // Closed by itself first, since acknowledgements go out with it.
      await channel?.close().catch(() => undefined)
      await connection.close()
    },
  }
}
