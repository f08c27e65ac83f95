import type { ConfirmChannel, Message } from 'amqplib'
import { z } from 'zod'
import { isEventType, type PublishedEvent } from '../events.ts'

/** The header that counts how often a listener failed at a message, and the one that tells of the last failure. */
const FAILURES = 'x-failures'
const FAILURE = 'x-failure'

/** How long the broker may take to say that it has a message, in ms. */
const CONFIRMATION = 10_000

const content = z.object({
  id: z.uuid(),
  type: z.string(),
  aggregateId: z.string(),
  version: z.number().int(),
  payload: z.unknown(),
})

/** What a listener made of a message before. */
export interface History {
  failures: number
  /** The last one; null if there was none. */
  failure: string | null
}

/** Where a message goes, and what it is. */
export interface Letter {
  exchange: string
  routingKey: string
  body: Buffer
  id: string
  /** Of the event, such as `user.deleted`. */
  type: string
  history?: History
}

/** An event as the body of a message. */
export function encode(event: PublishedEvent): Buffer {
  return Buffer.from(JSON.stringify(event))
}

/** The event in a message; `unknown` when only a newer version knows its type. @throws when it is none at all. */
export function decode(message: Message): PublishedEvent | 'unknown' {
  const { type, ...rest } = content.parse(JSON.parse(message.content.toString()))
  return isEventType(type) ? { ...rest, type } : 'unknown'
}

export function historyOf({ properties: { headers } }: Message): History {
  const [failures, failure]: unknown[] = [headers?.[FAILURES], headers?.[FAILURE]]
  return {
    failures: typeof failures === 'number' ? failures : 0,
    failure: typeof failure === 'string' ? failure : null,
  }
}

/** Nobody at the broker took a message: its queue is missing. */
export class Unroutable extends Error {
  override name = 'Unroutable'
}

/**
 * Sends messages and waits for the broker's word that it has them.
 * @param channel of the publisher's own: what it is returned is what nobody took.
 */
export function createSender(channel: ConfirmChannel): (letter: Letter, isExpected: boolean) => Promise<void> {
  const returned = new Set<string>()
  // The broker returns a message before it confirms it.
  channel.on('return', ({ properties: { messageId } }: Message) => void returned.add(String(messageId)))
  return async (letter, isExpected) => {
    const wasReturned = await sendAndWait(channel, letter).then(
      () => returned.delete(letter.id),
      (error: unknown) => {
        returned.delete(letter.id)
        throw error
      },
    )
    if (wasReturned && isExpected) throw new Unroutable(`nobody took ${letter.routingKey}`)
  }
}

function sendAndWait(
  channel: ConfirmChannel,
  { exchange, routingKey, body, id, type, history }: Letter,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the broker did not confirm in time')), CONFIRMATION)
    const headers = history && { [FAILURES]: history.failures, [FAILURE]: history.failure?.slice(0, 500) ?? '' }
    const options = {
      persistent: true,
      mandatory: true,
      messageId: id,
      type,
      contentType: 'application/json',
      ...(headers && { headers }),
    }
    const onWord = (error: unknown) => {
      clearTimeout(timer)
      if (error) reject(error instanceof Error ? error : new Error('the broker refused a message'))
      else resolve()
    }
    try {
      channel.publish(exchange, routingKey, body, options, onWord)
    } catch (error) {
      onWord(error)
    }
  })
}
