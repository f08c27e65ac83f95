import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { costOf } from '../support/counters.ts'
import { eventually } from '../support/eventually.ts'
import { startGraph } from '../support/start-graph.ts'

const CREATE = 'mutation ($input: CreateProductInput!) { createProduct(input: $input) { __typename } }'

test('an answer of more than 256 kB is not kept, and a smaller one of the same field is', async () => {
  await using graph = await startGraph()
  const admin = await graph.administrator()
  const price = { amount: '1.00', currencyCode: 'EUR' }
  for (let number = 0; number < 30; number++)
    await admin.data(CREATE, { input: { sku: `L-${number}`, name: 'Long', description: 'x'.repeat(10_000), price } })
  const query = 'query ($first: Int!) { products(first: $first) { nodes { description } } }'
  const fetchesOf = async (first: number) => (await costOf(() => graph.anonymous.data(query, { first }))).fetches
  await eventually(async () => expect(await fetchesOf(5)).toBe(0))
  for (let count = 0; count < 5; count++) {
    expect(await fetchesOf(30)).toBe(1)
    // A load can be joined for a moment after it has ended.
    await sleep(150)
  }
})
