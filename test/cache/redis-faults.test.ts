import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { costOf } from '../support/counters.ts'
import { eventually } from '../support/eventually.ts'
import type { GraphClient } from '../support/graph-client.ts'
import type { Person } from '../support/people.ts'
import { hasRedis, startRedis, startRedisCluster } from '../support/redis.ts'
import { releasedAfterEach } from '../support/resources.ts'
import { stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { startTcpProxy } from '../support/tcp-proxy.ts'

const TODOS = '{ viewer { todos { nodes { title } } } }'
const STOREFRONT = '{ products(first: 20) { nodes { id name availableQuantity } } }'
const CREATE_TODO = `mutation ($input: CreateTodoInput!) { createTodo(input: $input) { ... on CreateTodoSuccess { todo { id } } } }`
const UPDATE_TODO = `mutation ($input: UpdateTodoInput!) { updateTodo(input: $input) { __typename } }`
/** How long 19 of 20 answers take at most when the cache is away, and all of them, in ms: 50 for it, the rest for a busy machine. */
const PATIENCE = { most: 1_000, all: 3_000 }

const resources = releasedAfterEach()

const graphOn = async (url: string): Promise<TestGraph> =>
  resources.use(await startGraph({ hasDemoData: true, environment: { REDIS_URL: url } }))

/** Somebody who changes a todo again and again, and never sees an older title than they wrote; gives how long each read took, in ms. */
async function watchOwnWrites(someone: Person, until: () => boolean): Promise<number[]> {
  const { createTodo } = await someone.data(CREATE_TODO, { input: { title: '0' } })
  const durations: number[] = []
  while (!until()) {
    const title = String(durations.length + 1)
    await someone.data(UPDATE_TODO, { input: { id: createTodo.todo.id, title } })
    const begin = performance.now()
    expect((await someone.data(TODOS)).viewer.todos.nodes).toEqual([{ title }])
    durations.push(performance.now() - begin)
  }
  return durations
}

/** Lets readers and writers go on while something happens to Redis; nobody may notice. */
async function undisturbed(graph: TestGraph, happen: () => Promise<void>): Promise<void> {
  const state = { isOver: false }
  const people = [await graph.person(), await graph.person()]
  const readers = Array.from({ length: 4 }, () => readUntil(graph.anonymous, () => state.isOver))
  const writers = people.map((someone) => watchOwnWrites(someone, () => state.isOver))
  await sleep(500)
  await happen()
  state.isOver = true
  const [, written] = await Promise.all([Promise.all(readers), Promise.all(writers)])
  for (const durations of written) {
    expect(durations.length).toBeGreaterThan(5)
    const sorted = durations.toSorted((one, other) => one - other)
    expect(sorted[Math.floor(sorted.length * 0.95) - 1]).toBeLessThan(PATIENCE.most)
    expect(sorted.at(-1)).toBeLessThan(PATIENCE.all)
  }
}

async function readUntil(client: GraphClient, until: () => boolean): Promise<void> {
  for (let count = 0; !until(); count++) {
    const { errors, data } = await client.send(`${STOREFRONT} #${count}`)
    expect(errors).toEqual([])
    expect(data.products.nodes).toHaveLength(20)
    await sleep(2)
  }
}

/** Waits until answers come from the cache. */
async function isUsed(graph: TestGraph): Promise<true> {
  const reader = await graph.person()
  await eventually(async () => {
    expect(await costOf(() => reader.data(STOREFRONT))).toMatchObject({ fetches: 0, statements: 0 })
  })
  return true
}

describe.runIf(hasRedis)('nobody notices when Redis', () => {
  test('is killed and starts again, empty', async () => {
    const redis = resources.use(await startRedis())
    const graph = await graphOn(redis.url)
    await isUsed(graph)
    await undisturbed(graph, async () => {
      redis.signal('SIGKILL')
      await sleep(2_000)
      await redis.start()
      await sleep(1_500)
    })
    expect(await isUsed(graph)).toBe(true)
  })

  test('freezes, and goes on', async () => {
    const redis = resources.use(await startRedis())
    const graph = await graphOn(redis.url)
    await undisturbed(graph, async () => {
      for (let count = 0; count < 3; count++) {
        redis.signal('SIGSTOP')
        await sleep(1_000)
        redis.signal('SIGCONT')
        await sleep(500)
      }
    })
    expect(await isUsed(graph)).toBe(true)
  })

  test('is flushed again and again', async () => {
    const redis = resources.use(await startRedis())
    const graph = await graphOn(redis.url)
    await undisturbed(graph, async () => {
      for (let count = 0; count < 60; count++) {
        await redis.run('flushall')
        await sleep(20)
      }
    })
    expect(await isUsed(graph)).toBe(true)
  })

  test.each(['noeviction', 'allkeys-lru'])('is full, %s', async (policy) => {
    const redis = resources.use(await startRedis(['--maxmemory-policy', policy]))
    const graph = await graphOn(redis.url)
    await undisturbed(graph, async () => {
      await redis.run('config', 'set', 'maxmemory', '1100kb')
      await sleep(3_000)
      await redis.run('config', 'set', 'maxmemory', '0')
      await sleep(500)
    })
    expect(await isUsed(graph)).toBe(true)
  })

  test('is full when somebody changes what others have read', async () => {
    const redis = resources.use(await startRedis(['--maxmemory-policy', 'noeviction']))
    const graph = await graphOn(redis.url)
    const [admin, reader] = [await graph.administrator(), await graph.person()]
    const id = await stockedProduct(admin, 1)
    const read = async () => (await reader.data('query ($id: ID!) { product(id: $id) { name } }', { id })).product.name
    await read()
    await redis.run('config', 'set', 'maxmemory', '1')
    const update = `mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { __typename } }`
    for (let count = 0; count < 10; count++) {
      await admin.data(update, { input: { id, name: `name ${count}` } })
      await eventually(async () => expect(await read()).toBe(`name ${count}`), 5_000)
    }
  })

  test('is behind a network that swallows and cuts', async () => {
    const redis = resources.use(await startRedis())
    const proxy = resources.use(await startTcpProxy(redis.port))
    const graph = await graphOn(`redis://127.0.0.1:${proxy.port}`)
    await undisturbed(graph, async () => {
      for (let count = 0; count < 30; count++) {
        if (count % 2 === 0) proxy.cut()
        else proxy.swallow('+OK')
        await sleep(100)
      }
    })
    expect(await isUsed(graph)).toBe(true)
  })

  test('is away when everything starts', async () => {
    const redis = resources.use(await startRedis())
    redis.signal('SIGKILL')
    const graph = await graphOn(redis.url)
    expect((await graph.anonymous.data(STOREFRONT)).products.nodes).toHaveLength(20)
    await redis.start()
    expect(await isUsed(graph)).toBe(true)
  })

  test('is a cluster whose node is killed, and whose replica takes over', async () => {
    const cluster = resources.use(await startRedisCluster())
    const graph = await graphOn(cluster.url)
    await isUsed(graph)
    await undisturbed(graph, async () => {
      cluster.nodes[0]?.signal('SIGKILL')
      await eventually(async () => {
        const nodes = (await cluster.nodes[1]?.run('cluster', 'nodes')) ?? ''
        expect(nodes.match(/master -/g)).toHaveLength(3)
        expect(nodes).toMatch(/master,fail/)
      }, 20_000)
      await sleep(2_000)
    })
    expect(await isUsed(graph)).toBe(true)
  }, 90_000)
})
