import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { createDatabase } from '../support/database.ts'
import { costOf } from '../support/counters.ts'
import { persistedQueryOf } from '../support/persisted-query.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { settled } from '../support/settled.ts'
import { stockedProduct } from '../support/shop.ts'
import { startGraph } from '../support/start-graph.ts'

/** Lets every kept value be of a second ago, without ending it. */
const AGE = `for _, key in ipairs(redis.call('keys', '*:value:*')) do
  local text = redis.call('get', key)
  local finish = text and text:find('\\n')
  if finish then
    local head = cjson.decode(text:sub(1, finish - 1))
    head[2] = tonumber(ARGV[1])
    redis.call('set', key, cjson.encode(head) .. text:sub(finish), 'keepttl')
  end
end`

test.runIf(hasRedis)(
  'what is out of date is made anew by one of all gateways, and others get it as it was',
  async () => {
    await using redis = await startRedis()
    await using database = await createDatabase()
    const environment = { REDIS_URL: redis.url }
    await using one = await startGraph({ database, environment })
    await using two = await startGraph({ database, environment })
    const id = await stockedProduct(await one.administrator(), 3)
    const query = 'query ($id: ID!) { product(id: $id) { name sku } }'
    const ask = () =>
      Promise.all(
        [one, two].flatMap(({ anonymous }) => Array.from({ length: 20 }, () => anonymous.send(query, { id }))),
      )
    await settled(one)
    await ask()
    await sleep(1_000)
    await redis.run('eval', AGE, '0', String(Date.now() - 1_000))
    const answers: Awaited<ReturnType<typeof ask>> = []
    const { fetches } = await costOf(async () => void answers.push(...(await ask())))
    expect(fetches).toBe(1)
    expect(new Set(answers.map(({ data }) => data.product.sku)).size).toBe(1)
    const told = answers.map(({ headers }) => headers.get('x-cache'))
    expect(told.filter((each) => each === 'MISS')).toHaveLength(1)
    expect(told.filter((each) => each === 'HIT')).toHaveLength(39)
  },
)

test('a persisted query asked for by GET says how long a CDN may keep it, and what it depends on', async () => {
  await using graph = await startGraph({ hasDemoData: true })
  const query = '{ productBySku(sku: "MUG-AMBER") { name } }'
  const url = new URL('/graphql', graph.origin)
  url.searchParams.set('extensions', JSON.stringify(persistedQueryOf(query)))
  const asking = { headers: { 'apollo-require-preflight': 'true' } }
  expect(await (await fetch(url, asking)).json()).toMatchObject({ errors: [{ message: 'PersistedQueryNotFound' }] })
  url.searchParams.set('query', query)
  await fetch(url, asking)
  url.searchParams.delete('query')
  const answer = await fetch(url, asking)
  expect(await answer.json()).toEqual({ data: { productBySku: { name: 'Amber mug' } } })
  expect(answer.headers.get('cache-control')).toMatch(/^public, max-age=\d+$/)
  expect(answer.headers.get('vary')).toContain('Authorization')
})
