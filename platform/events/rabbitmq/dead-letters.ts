import { connect, type ConfirmChannel, type GetMessage } from 'amqplib'
import { StartError } from '../../process/start-error.ts'
import { typesOf, type Listener } from '../consumers.ts'
import { createSender, decode, historyOf } from './messages.ts'
import { deadQueueOf, declareTopology, queueOf } from './topology.ts'
import { messageOf } from '../../process/message-of.ts'

/** An event that a listener gave up. */
export interface BrokerDeadLetter {
  id: string
  /** `type` of the object; a message that tells of none is told as it is. */
  description: string
  failure: string
}

/**
 * Opens the dead letters of listeners at a broker, for as long as `work` takes.
 * @throws StartError when the broker cannot be reached.
 */
export async function withDeadLetters<Result>(
  url: string,
  listeners: Listener[],
  firstPause: number,
  work: (queues: DeadLetterQueues) => Promise<Result>,
): Promise<Result> {
  const hearing = listeners.filter((listener) => typesOf(listener).length > 0)
  const connection = await connect(url, { timeout: 5_000 }).catch((error: unknown) => {
    throw new StartError(`AMQP_URL: the broker cannot be reached (${messageOf(error)}).`)
  })
  connection.on('error', () => undefined)
  try {
    const channel = await connection.createConfirmChannel()
    await declareTopology(channel, hearing, firstPause)
    return await work(new DeadLetterQueues(channel, hearing))
  } finally {
    await connection.close()
  }
}

/** The dead letters of all listeners. What is looked at and not redriven goes back when the connection ends. */
export class DeadLetterQueues {
  readonly #channel: ConfirmChannel
  readonly #listeners: Listener[]

  constructor(channel: ConfirmChannel, listeners: Listener[]) {
    this.#channel = channel
    this.#listeners = listeners
  }

  /** Every dead letter, by the listener that gave it up. */
  async list(): Promise<{ listener: string; letters: BrokerDeadLetter[] }[]> {
    const found = []
    for (const { name } of this.#listeners) {
      const letters: BrokerDeadLetter[] = []
      for await (const message of this.#each(name)) letters.push(describe(message))
      found.push({ listener: name, letters })
    }
    return found
  }

  /** Gives dead letters back to their listeners: one, or all; tells how many there were for each. */
  async redrive(id: string | null): Promise<{ listener: string; count: number }[]> {
    const send = createSender(this.#channel)
    const done = []
    for (const { name } of this.#listeners) {
      let count = 0
      for await (const message of this.#each(name)) {
        const [messageId, type] = [String(message.properties.messageId), String(message.properties.type)]
        if (id && messageId !== id) continue
        await send({ exchange: '', routingKey: queueOf(name), body: message.content, id: messageId, type }, true)
        this.#channel.ack(message)
        count++
      }
      done.push({ listener: name, count })
    }
    return done
  }

  async *#each(listener: string): AsyncGenerator<GetMessage> {
    for (;;) {
      const message = await this.#channel.get(deadQueueOf(listener))
      if (!message) return
      yield message
    }
  }
}

function describe(message: GetMessage): BrokerDeadLetter {
  const { failure } = historyOf(message)
  return {
    id: String(message.properties.messageId),
    description: describeContent(message),
    failure: failure ?? 'its listener died of it again and again',
  }
}

function describeContent(message: GetMessage): string {
  try {
    const event = decode(message)
    return event === 'unknown'
      ? 'an event of a newer version'
      : `${event.type} of ${event.aggregateId} (version ${event.version})`
  } catch {
    return `no event: ${message.content.toString().slice(0, 100)}`
  }
}
