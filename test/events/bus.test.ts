import { randomUUID } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { UnavailableError } from '../../platform/graphql/errors.ts'
import { startChild } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { deadLetters, note, openPost, openSeen, productId } from '../support/events.ts'
import { hasRabbitMq, startRabbitMq, type TestBroker } from '../support/rabbitmq.ts'
import { place, stockedProduct } from '../support/shop.ts'
import { startGraph } from '../support/start-graph.ts'

let broker: TestBroker
beforeAll(async () => {
  if (hasRabbitMq) broker = await startRabbitMq()
}, 90_000)
afterAll(async () => await broker?.[Symbol.asyncDispose]())

const noBroker = async () => undefined
const newVirtualHost = () => broker.virtualHost(`test-${randomUUID()}`)

const seenRows = z.array(z.object({ id: z.string(), version: z.number() }))

const buses = [
  { bus: 'in process', open: noBroker, isThere: true },
  { bus: 'RabbitMQ', open: newVirtualHost, isThere: hasRabbitMq },
]

describe.each(buses.filter(({ isThere }) => isThere))('the bus ($bus)', ({ bus, open }) => {
  test('an order is confirmed and mailed once, a price arrives, an account takes its todos along', async () => {
    const amqpUrl = await open()
    await using graph = await startGraph({ environment: amqpUrl ? { AMQP_URL: amqpUrl } : {} })
    const [buyer, admin] = [await graph.person(), await graph.administrator()]
    const { order } = await place(buyer, [{ productId: await stockedProduct(admin, 1) }])
    await eventually(async () =>
      expect((await buyer.data(`{ order(id: "${order.id}") { status } }`)).order.status).toBe('CONFIRMED'),
    )
    await eventually(async () =>
      expect(await readdir(join(graph.dataDir, 'mail'))).toEqual([`confirmation-of-${order.id}.eml`]),
    )
    await buyer.data('mutation { createTodo(input: { title: "Mine" }) { __typename } }')
    await buyer.data(`mutation { deleteAccount(input: { password: "${buyer.password}" }) { __typename } }`)
    await eventually(async () => expect(await graph.database.sql('select from todos.todos')).toEqual([]))
  })

  test('the events of one object arrive, while another object is stuck', async () => {
    await using post = await openPost(await open())
    const seen = await openSeen(post)
    await post.work({
      async 'stock.changed'(payload, queries) {
        if (payload.productId === productId(2)) throw new Error('stuck')
        await note(queries, payload)
      },
    })
    for (const number of [1, 2, 3]) await post.write(productId(number), 20)
    const all = (number: number) =>
      Array.from({ length: 20 }, (_, index) => ({ id: productId(number), version: index + 1 }))
    // Through RabbitMQ events of one object may overtake each other: all arrive, and consumers compare versions.
    const ofProduct = (found: unknown[], number: number) => {
      const own = seenRows.parse(found).filter(({ id }) => id === productId(number))
      return bus === 'in process' ? own : own.toSorted((a, b) => a.version - b.version)
    }
    await eventually(async () => {
      const found = await seen()
      expect(found).toHaveLength(40)
      for (const number of [1, 3]) expect(ofProduct(found, number)).toEqual(all(number))
    })
  })

  test('an event that arrives again has no second effect', async () => {
    await using post = await openPost(await open())
    const seen = await openSeen(post)
    await post.work({ 'stock.changed': async (payload, queries) => note(queries, payload) })
    await post.write(productId(1), 1)
    await eventually(async () => expect(await seen()).toHaveLength(1))
    for (const _ of [1, 2, 3]) {
      await eventually(async () => expect(await post.unpublished()).toEqual([]))
      await post.database.sql('update users.outbox set published_at = null, claimed_until = null')
    }
    await post.write(productId(2), 1)
    await eventually(async () => expect(await seen()).toHaveLength(2))
  })

  test('several workers side by side give every event one effect', async () => {
    await using post = await openPost(await open())
    const seen = await openSeen(post)
    const counts = [0, 0, 0]
    for (const index of counts.keys())
      await post.work({
        async 'stock.changed'(payload, queries) {
          await note(queries, payload)
          counts[index] = (counts[index] ?? 0) + 1
        },
      })
    for (let number = 0; number < 150; number++) await post.write(productId(number), 4)
    await eventually(async () => expect(await seen()).toHaveLength(600), 25_000)
    expect(await post.inbox.query('select id, version from seen group by id, version having count(*) > 1')).toEqual([])
    expect(counts.filter((count) => count > 0).length).toBeGreaterThan(1)
  })

  test('an event that fails is tried five times after growing pauses and given up, which is listed, and can be undone', async () => {
    const amqpUrl = await open()
    await using post = await openPost(amqpUrl)
    const seen = await openSeen(post)
    const poison = { isOne: true, at: [] as number[] }
    await post.work({
      async 'stock.changed'(payload, queries) {
        if (poison.isOne && payload.productId === productId(7)) {
          poison.at.push(performance.now())
          throw new Error('the shelf is full')
        }
        await note(queries, payload)
      },
    })
    await post.write(productId(7), 1)
    await post.write(productId(8), 30)
    await eventually(async () => expect(await seen()).toHaveLength(30))
    await eventually(async () => expect(await deadLetters(post, amqpUrl)).toContain('the shelf is full'), 25_000)
    expect(await deadLetters(post, amqpUrl)).toMatch(/[0-9a-f-]{36} stock.changed of product_0{25}7 \(version 1\)/)
    expect(poison.at).toHaveLength(5)
    const pauses = poison.at.slice(1).map((at, index) => at - (poison.at[index] ?? 0))
    for (const [index, pause] of pauses.entries()) expect(pause).toBeGreaterThanOrEqual(50 * 4 ** index * 0.9)
    poison.isOne = false
    expect(await deadLetters(post, amqpUrl, 'redrive')).toMatch(/: 1 will be delivered anew/)
    await eventually(async () => expect(await seen()).toHaveLength(31))
    expect(await deadLetters(post, amqpUrl)).toMatch(/^No event was given up\.\n/)
  })

  test('a listener whose database is away fails at nothing, and has all of it later', async () => {
    const amqpUrl = await open()
    await using post = await openPost(amqpUrl)
    const seen = await openSeen(post)
    const away = { isAway: true, count: 0 }
    await post.work({
      async 'stock.changed'(payload, queries) {
        if (away.isAway) {
          away.count++
          throw new UnavailableError()
        }
        await note(queries, payload)
      },
    })
    await post.write(productId(1), 1)
    await eventually(async () => expect(away.count).toBeGreaterThan(5), 20_000)
    away.isAway = false
    await eventually(async () => expect(await seen()).toHaveLength(1))
    expect(await deadLetters(post, amqpUrl)).toMatch(/^No event was given up\.\n/)
  })

  test('an event whose payload is not as agreed becomes a dead letter, and holds up no other', async () => {
    const amqpUrl = await open()
    await using post = await openPost(amqpUrl)
    const seen = await openSeen(post)
    await post.work({ 'stock.changed': async (payload, queries) => note(queries, payload) })
    await post.database.sql(
      `insert into users.outbox (id, type, aggregate_id, version, payload) values (gen_random_uuid(), 'stock.changed', 'odd', 1, '{"productId": 1}')`,
    )
    await post.write(productId(1), 3)
    await eventually(async () => expect(await seen()).toHaveLength(3))
    await eventually(async () => expect(await deadLetters(post, amqpUrl)).toContain('stock.changed of odd'), 25_000)
  })

  test('an event of a type that only a newer version knows waits, and holds up no other', async () => {
    await using post = await openPost(await open())
    await post.database.sql(`insert into users.outbox (id, type, aggregate_id, version, payload) values
      (gen_random_uuid(), 'user.renamed', 'a', 1, '{}')`)
    const seen = await openSeen(post)
    await post.work({ 'stock.changed': async (payload, queries) => note(queries, payload) })
    await post.write(productId(1), 1)
    await eventually(async () => expect(await seen()).toHaveLength(1))
    expect(await post.unpublished()).toMatchObject([{ type: 'user.renamed', attempts: 0 }])
  })

  test('workers that are killed again and again leave no event out, and none has two effects', async () => {
    const amqpUrl = await open()
    await using post = await openPost(undefined)
    await post.database.sql(`insert into products.outbox (id, type, aggregate_id, version, payload)
      select gen_random_uuid(), 'product.updated', 'product_' || lpad(n::text, 26, '0'), 1,
        jsonb_build_object('productId', 'product_' || lpad(n::text, 26, '0'), 'sku', 'S' || n, 'isOnSale', true,
          'price', jsonb_build_object('minorUnits', n::text, 'currencyCode', 'EUR'))
      from generate_series(1, 3000) n`)
    const environment = { DATABASE_URL: post.database.url, AMQP_URL: amqpUrl, EVENT_RETRY_MS: '50' }
    const count = async (table: string) =>
      Number((await post.database.sql(`select count(*)::int as count from ${table}`))[0]?.count)
    const received = () => count('orders.inbox')
    for (let kills = 0; kills < 3; kills++) {
      const before = await received()
      await using worker = startChild(['subgraphs/worker.ts'], environment)
      await eventually(async () => expect(await received()).toBeGreaterThan(before), 20_000)
      await worker.end('SIGKILL')
    }
    await using _last = startChild(['subgraphs/worker.ts'], environment)
    await eventually(async () => expect(await received()).toBe(3000), 60_000)
    expect(await count('orders.products')).toBe(3000)
  }, 120_000)

  test('a backlog of 10,000 events drains in under a minute', async () => {
    await using post = await openPost(await open())
    await post.database.sql(`insert into users.outbox (id, type, aggregate_id, version, payload)
      select gen_random_uuid(), 'stock.changed', 'product_' || lpad((n / 4)::text, 26, '0'), n % 4 + 1,
        jsonb_build_object('productId', 'product_' || lpad((n / 4)::text, 26, '0'), 'availableQuantity', n % 4 + 1)
      from generate_series(4, 10003) n`)
    await openSeen(post)
    await post.work({ 'stock.changed': async (payload, queries) => note(queries, payload) })
    const count = async () => (await post.inbox.query('select count(*)::int as count from seen'))[0]
    await eventually(async () => expect(await count()).toEqual({ count: 10_000 }), 60_000)
  }, 90_000)
})
