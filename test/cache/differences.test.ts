import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../chaos/random.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf, type Answer } from '../support/graph-client.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { createCrowd, type Crowd } from './crowd.ts'
import { randomOperation, type RandomOperation } from './operations.ts'

const OPERATIONS = 2_500
const resources = new AsyncDisposableStack()
let cached: TestGraph
let plain: TestGraph
let crowd: Crowd

/** Two graphs over the same data, one of which keeps answers. */
beforeAll(async () => {
  if (!hasRedis) return
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  const keys = {
    ACCESS_TOKEN_KEYS: JSON.stringify([{ ...(await exportJWK(privateKey)), alg: 'EdDSA', kid: 'shared' }]),
  }
  const redis = resources.use(await startRedis())
  cached = resources.use(await startGraph({ hasDemoData: true, environment: { ...keys, REDIS_URL: redis.url } }))
  const environment = { ...keys, REDIS_URL: redis.url, RESPONSE_CACHE: 'off' }
  plain = resources.use(await startGraph({ database: cached.database, environment }))
  crowd = await createCrowd(cached, 6)
})
afterAll(() => resources.disposeAsync())

const told = ({ data, errors }: Answer) => ({
  data,
  errors: errors.map(({ message, path, extensions }) => ({ message, path, extensions })),
})

test.runIf(hasRedis)(
  'random operations answer the same with the cache and without',
  async () => {
    const random = new Random(7)
    let same = 0
    for (let count = 0; count < OPERATIONS; count++) {
      const someone = random.between(0, 4) === 0 ? null : random.pick(crowd.people)
      const operation = randomOperation(crowd.things, random, someone?.mark ?? 'nobody', 100)
      const headers = someone ? { authorization: `Bearer ${someone.accessToken}` } : {}
      const ask = (graph: TestGraph, { query, variables }: RandomOperation) =>
        clientOf(`${graph.origin}/graphql`, headers).send(query, variables)
      const answer = await ask(cached, operation)
      if (operation.isMutation) continue
      const expected = told(await ask(plain, operation))
      // Orders are confirmed behind the scenes; who is not signed in sees changes within a second, on a machine that is not busy.
      if (JSON.stringify(told(answer)) !== JSON.stringify(expected))
        await eventually(async () => {
          const right = told(await ask(plain, operation))
          expect(told(await ask(cached, operation)), operation.query).toEqual(right)
        }, 5_000)
      same++
    }
    expect(same).toBeGreaterThan(OPERATIONS * 0.8)
  },
  240_000,
)
