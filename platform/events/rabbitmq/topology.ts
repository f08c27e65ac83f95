import type { Channel, Options } from 'amqplib'
import { pausesFrom } from '../attempts.ts'
import { typesOf, type Listener } from '../consumers.ts'

/** Where every event goes, with its type as the routing key, so that others can listen too. */
export const EXCHANGE = 'supergraph.events'

/** The queue of one listener. */
export const queueOf = (listener: string): string => `supergraph.${listener}`

/** Where a listener's dead letters wait for somebody to look at them. */
export const deadQueueOf = (listener: string): string => `supergraph.${listener}.dead`

/** Where what a listener failed at waits, in ms, until it goes back to the listener's queue. */
export const pauseQueueOf = (listener: string, pause: number): string => `supergraph.${listener}.again-in-${pause}ms`

/** Deliveries of one message after which its listener is taken to die of it: far more than outages bring about. */
const DELIVERIES = 100

/** For queues where deliveries are no attempts: newer brokers drop a message after 20 unless told otherwise. */
const ANY_NUMBER = 1_000_000_000

/**
 * Queues that survive a broker's crash, and hand a message on to another queue without ever losing it
 * (https://www.rabbitmq.com/docs/quorum-queues#dead-lettering): only in this strategy does the broker wait for the
 * other queue's word, and it asks for `reject-publish`.
 */
const quorum = (handOn: { to: string; arguments?: Record<string, unknown> } | null): Options.AssertQueue => ({
  durable: true,
  arguments: {
    'x-queue-type': 'quorum',
    'x-delivery-limit': ANY_NUMBER,
    ...(handOn && {
      'x-overflow': 'reject-publish',
      'x-dead-letter-strategy': 'at-least-once',
      'x-dead-letter-exchange': '',
      'x-dead-letter-routing-key': handOn.to,
      ...handOn.arguments,
    }),
  },
})

/** Declares the exchange, and the queues of every listener, bound to what it listens to. @param firstPause in ms */
export async function declareTopology(channel: Channel, listeners: Listener[], firstPause: number): Promise<void> {
  await channel.assertExchange(EXCHANGE, 'topic', { durable: true })
  for (const listener of listeners) await declareQueues(channel, listener, firstPause)
}

async function declareQueues(channel: Channel, listener: Listener, firstPause: number): Promise<void> {
  const { name } = listener
  const limit = { 'x-delivery-limit': DELIVERIES }
  await channel.assertQueue(deadQueueOf(name), quorum(null))
  await channel.assertQueue(queueOf(name), quorum({ to: deadQueueOf(name), arguments: limit }))
  for (const pause of pausesFrom(firstPause))
    await channel.assertQueue(
      pauseQueueOf(name, pause),
      quorum({ to: queueOf(name), arguments: { 'x-message-ttl': pause } }),
    )
  for (const type of typesOf(listener)) await channel.bindQueue(queueOf(name), EXCHANGE, type)
}
