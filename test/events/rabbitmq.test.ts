import { randomUUID } from 'node:crypto'
import { connect } from 'amqplib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Consumers } from '../../platform/events/consumers.ts'
import { eventually } from '../support/eventually.ts'
import { deadLetters, note, openPost, openSeen, productId, type Post } from '../support/events.ts'
import { hasRabbitMq, startRabbitMq, type TestBroker } from '../support/rabbitmq.ts'

let broker: TestBroker
beforeAll(async () => {
  if (hasRabbitMq) broker = await startRabbitMq()
}, 90_000)
afterAll(async () => await broker?.[Symbol.asyncDispose]())

const newVirtualHost = () => broker.virtualHost(`test-${randomUUID()}`)

const consumers: Consumers = { 'stock.changed': async (payload, queries) => note(queries, payload) }

/** A worker that has carried one event; gives what was seen so far. */
async function atWork(post: Post): Promise<() => Promise<unknown[]>> {
  const seen = await openSeen(post)
  await post.work(consumers)
  await post.write(productId(1), 1)
  await eventually(async () => expect(await seen()).toHaveLength(1))
  return seen
}

describe.runIf(hasRabbitMq)('RabbitMQ', () => {
  test('events wait while the broker is away, whether it stops or dies, and go on by themselves', async () => {
    await using post = await openPost(await newVirtualHost())
    const seen = await openSeen(post)
    await post.work(consumers)
    await post.write(productId(1), 2)
    await eventually(async () => expect(await seen()).toHaveLength(2))
    for (const [index, signal] of (['SIGTERM', 'SIGKILL'] as const).entries()) {
      await broker.stop(signal)
      await post.write(productId(index + 2), 5)
      await eventually(async () => expect(await post.unpublished()).toHaveLength(5))
      await broker.start()
      await eventually(async () => expect(await seen()).toHaveLength(2 + 5 * (index + 1)), 30_000)
    }
    expect(await post.database.sql('select from users.outbox where attempts > 0')).toEqual([])
  }, 120_000)

  test('a worker that starts while the broker is away begins when it is there', async () => {
    const url = await newVirtualHost()
    await using post = await openPost(url)
    const seen = await openSeen(post)
    await broker.stop('SIGTERM')
    await post.work(consumers)
    await post.write(productId(1), 1)
    await broker.start()
    await eventually(async () => expect(await seen()).toHaveLength(1), 30_000)
  }, 60_000)

  test('a queue that somebody removes is declared again, and nothing is lost', async () => {
    const url = await newVirtualHost()
    await using post = await openPost(url)
    const seen = await atWork(post)
    const connection = await connect(url)
    const channel = await connection.createChannel()
    await channel.deleteQueue('supergraph.orders')
    await connection.close()
    await post.write(productId(2), 3)
    await eventually(async () => expect(await seen()).toHaveLength(4), 20_000)
  })

  test('an event that no queue takes is not taken for published: the lost binding is made again', async () => {
    const url = await newVirtualHost()
    await using post = await openPost(url)
    const seen = await atWork(post)
    const connection = await connect(url)
    const channel = await connection.createChannel()
    await channel.unbindQueue('supergraph.orders', 'supergraph.events', 'stock.changed')
    await connection.close()
    await post.write(productId(2), 3)
    await eventually(async () => expect(await seen()).toHaveLength(4), 20_000)
  })

  test('what is no event becomes a dead letter that can be looked at', async () => {
    const url = await newVirtualHost()
    await using post = await openPost(url)
    await atWork(post)
    const connection = await connect(url)
    const channel = await connection.createChannel()
    channel.publish('supergraph.events', 'stock.changed', Buffer.from('<html>'), { messageId: 'odd' })
    await channel.close()
    await connection.close()
    await eventually(async () => expect(await deadLetters(post, url)).toContain('odd no event: <html>'), 25_000)
  })

  test('a worker that is told to stop finishes what it began', async () => {
    await using post = await openPost(await newVirtualHost())
    const seen = await openSeen(post)
    const begun = Promise.withResolvers<void>()
    const worker = await post.work({
      async 'stock.changed'(payload, queries) {
        begun.resolve()
        await queries.query('select pg_sleep(0.3)')
        await note(queries, payload)
      },
    })
    await post.write(productId(1), 1)
    await begun.promise
    await worker[Symbol.asyncDispose]()
    expect(await seen()).toHaveLength(1)
  })

  test('a broker that cannot be reached is told in one sentence', async () => {
    await using post = await openPost(undefined)
    const failure = await deadLetters(post, 'amqp://127.0.0.1:1/').catch(
      (error: { stderr: string; code: number }) => error,
    )
    expect(failure).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^AMQP_URL: the broker cannot be reached \(.*\)\.\n$/),
    })
  })
})
