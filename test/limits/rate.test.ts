import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { cpuOf } from '../support/cpu.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { releasedAfterEach } from '../support/resources.ts'
import { startGraph } from '../support/start-graph.ts'

/** Buckets that tests can empty, and that hardly fill meanwhile. */
const SMALL = { RATE_POINTS: '100', RATE_REFILL: '1', RATE_VIEWERS_PER_ADDRESS: '3' }
/** Costs 31 points. */
const QUERY = '{ products(first: 30) { nodes { id } } }'

const resources = releasedAfterEach()

/** Asks until it is refused; gives how often it was answered, and the refusal. */
async function askUntilRefused(client: GraphClient) {
  for (let answered = 0; ; answered++) {
    const answer = await client.send(QUERY)
    if (answer.status !== 200) return { answered, refusal: answer }
    expect(answered).toBeLessThan(20)
  }
}

describe('whoever asks for too much in a while', () => {
  test('is told when to ask again, and is answered then', async () => {
    const graph = resources.use(await startGraph({ environment: { ...SMALL, RATE_REFILL: '20' } }))
    const { answered, refusal } = await askUntilRefused(graph.anonymous)
    // 10 for planning, and 31 each.
    expect(answered).toBeGreaterThanOrEqual(2)
    const wait = Number(refusal.headers.get('retry-after'))
    expect(refusal).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED', retryAfter: wait } }] })
    expect(wait).toBeOneOf([1, 2])
    expect(refusal.headers.get('ratelimit-policy')).toBe('"points";q=100;w=5')
    expect(refusal.headers.get('ratelimit')).toMatch(/^"points";r=\d+;t=[12]$/)
    await sleep(wait * 1_000)
    expect((await graph.anonymous.send(QUERY)).status).toBe(200)
  })

  test('may spend 2,000 points at once and 100 a second, where nothing else is set', async () => {
    const graph = resources.use(await startGraph({ environment: { RATE_POINTS: undefined, RATE_REFILL: undefined } }))
    expect((await graph.anonymous.send(QUERY)).headers.get('ratelimit-policy')).toBe('"points";q=2000;w=20')
  })

  test('is refused with next to no work', async () => {
    const graph = resources.use(await startGraph({ environment: SMALL }))
    await askUntilRefused(graph.anonymous)
    expect(await cpuOf(10, () => graph.anonymous.send(QUERY))).toBeLessThan(50)
  })

  test('sees with each answer what is left, however it is answered', async () => {
    const graph = resources.use(await startGraph({ environment: { ...SMALL, RATE_POINTS: '1000' } }))
    await graph.anonymous.send('{ __typename }')
    const lefts: number[] = []
    // Through Apollo Server, compiled, and as a whole from memory.
    for (let count = 0; count < 4; count++) {
      const { headers } = await graph.anonymous.send(QUERY)
      lefts.push(Number(/r=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1]))
    }
    // One point comes back in a second, which may end meanwhile.
    for (const [index, left] of lefts.slice(0, 3).entries()) expect(left - (lefts[index + 1] ?? 0)).toBeOneOf([30, 31])
  })

  test('keeps no other viewer from it, until an address has asked for as much as several may', async () => {
    const graph = resources.use(await startGraph({ environment: SMALL }))
    const people = [await graph.person(), await graph.person(), await graph.person()]
    const answered = []
    for (const person of people) answered.push((await askUntilRefused(person)).answered)
    expect(answered[0]).toBeGreaterThanOrEqual(2)
    expect(answered[1]).toBeGreaterThanOrEqual(2)
    expect(answered[2]).toBeLessThan(2)
  })

  test('does not get more by sending what is no document', async () => {
    const graph = resources.use(await startGraph({ environment: SMALL }))
    const statuses: number[] = []
    for (let count = 0; count < 15; count++) {
      const { status, headers } = await graph.anonymous.send(`{ unknown${count} }`)
      statuses.push(status)
      expect(headers.get('ratelimit')).toMatch(/^"points";r=\d+;t=\d+$/)
    }
    expect(statuses.slice(0, 10)).toEqual(Array(10).fill(400))
    expect(statuses.slice(11)).toEqual(Array(4).fill(429))
    const { status } = await graph.anonymous.send(QUERY)
    expect(status).toBe(429)
  })

  test('does not get more by sending what is no document as several viewers', async () => {
    const graph = resources.use(await startGraph({ environment: { ...SMALL, RATE_VIEWERS_PER_ADDRESS: '1' } }))
    // The same in their own bucket and in that of the address, which both of them share.
    const [one, other] = [await graph.person(), await graph.person()]
    for (let count = 0; count < 15; count++) await one.send(`{ unknown${count} }`)
    const { status, headers } = await other.send('{ unknown }')
    expect(status).toBe(429)
    expect(headers.get('ratelimit')).toMatch(/^"points";r=0;/)
  })

  test('pays for tokens that are none', async () => {
    const graph = resources.use(await startGraph({ environment: SMALL }))
    const forged = clientOf(`${graph.origin}/graphql`, { authorization: 'Bearer forged' })
    for (let count = 0; count < 105; count++) expect((await forged.send(QUERY)).status).toBe(401)
    expect((await graph.anonymous.send(QUERY)).status).toBe(429)
  })

  test('does not get more from other addresses of the same IPv6 network, nor by another way to write one', async () => {
    const graph = resources.use(await startGraph({ environment: { ...SMALL, TRUSTED_PROXIES: '1' } }))
    const from = (address: string) => clientOf(`${graph.origin}/graphql`, { 'x-forwarded-for': address })
    expect((await askUntilRefused(from('2001:db8:1:2:3::4'))).answered).toBe(2)
    expect((await askUntilRefused(from('2001:db8:1:2::5'))).answered).toBe(0)
    expect((await askUntilRefused(from('2001:db8:1:3::4'))).answered).toBe(3)
    expect((await askUntilRefused(from('192.0.2.1'))).answered).toBe(3)
    expect((await askUntilRefused(from('::ffff:192.0.2.1'))).answered).toBe(0)
    // What is no address was written by no proxy.
    expect((await askUntilRefused(from('whatever'))).answered).toBe(3)
    expect((await askUntilRefused(from('else'))).answered).toBe(0)
  })
})

describe.skipIf(!hasRedis)('gateways with one Redis', () => {
  test('count together, and each by itself while it is away', async () => {
    const redis = resources.use(await startRedis())
    const environment = { ...SMALL, REDIS_URL: redis.url, RESPONSE_CACHE: 'off' }
    const [one, other] = [
      resources.use(await startGraph({ environment })),
      resources.use(await startGraph({ environment })),
    ]
    await askUntilRefused(one.anonymous)
    await eventually(async () => expect(await redis.run('exists', 'rate:{nobody:127.0.0.1}')).toBe('1'))
    // The first request tells the other what is left.
    await other.anonymous.send('{ __typename }')
    await sleep(300)
    expect((await other.anonymous.send(QUERY)).status).toBe(429)
    await redis[Symbol.asyncDispose]()
    const third = resources.use(await startGraph({ environment }))
    expect((await askUntilRefused(third.anonymous)).answered).toBe(2)
    expect((await other.anonymous.send(QUERY)).status).toBe(429)
  })

  test('answer and refuse as quickly while it is frozen, and count together again afterwards', async () => {
    const redis = resources.use(await startRedis())
    const environment = { ...SMALL, REDIS_URL: redis.url, RESPONSE_CACHE: 'off' }
    const one = resources.use(await startGraph({ environment }))
    await one.anonymous.send('{ __typename }')
    await eventually(async () => expect(await redis.run('exists', 'rate:{nobody:127.0.0.1}')).toBe('1'))
    redis.signal('SIGSTOP')
    const begin = performance.now()
    expect((await askUntilRefused(one.anonymous)).answered).toBeLessThanOrEqual(3)
    // Waiting for Redis would take each of the three a second.
    expect(performance.now() - begin).toBeLessThan(2_000)
    redis.signal('SIGCONT')
    const other = resources.use(await startGraph({ environment }))
    await eventually(async () => {
      await one.anonymous.send(QUERY)
      await other.anonymous.send('{ __typename }')
      expect((await other.anonymous.send(QUERY)).status).toBe(429)
    })
  })

  test('hold nothing against anybody that was spent while Redis was away', async () => {
    const redis = resources.use(await startRedis())
    const environment = { RATE_POINTS: '100', RATE_REFILL: '200', REDIS_URL: redis.url, RESPONSE_CACHE: 'off' }
    const graph = resources.use(await startGraph({ environment }))
    await graph.anonymous.send(QUERY)
    redis.signal('SIGKILL')
    for (let count = 0; count < 12; count++) {
      expect((await graph.anonymous.send(QUERY)).status).toBe(200)
      await sleep(200)
    }
    await redis.start()
    await eventually(async () => {
      await graph.anonymous.send(QUERY)
      expect(await redis.run('exists', 'rate:{nobody:127.0.0.1}')).toBe('1')
    })
    await sleep(300)
    expect((await graph.anonymous.send(QUERY)).status).toBe(200)
  })
})
