import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../platform/ids.ts'
import type { Person } from '../support/people.ts'
import { ADJUST, available, expectBooksToBalance, place, stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let admin: Person
beforeAll(async () => {
  graph = await startGraph()
  admin = await graph.administrator()
})
afterAll(() => graph[Symbol.asyncDispose]())

test('stock is adjusted once for a key, never below what orders have, and only for products that exist', async () => {
  const [buyer, productId, key] = [await graph.person(), await stockedProduct(admin, 5), randomUUID()]
  await place(buyer, [{ productId, quantity: 3 }])
  const adjust = async (delta: number, idempotencyKey: string = randomUUID(), id = productId) =>
    (await admin.data(ADJUST, { input: { productId: id, delta, idempotencyKey } })).adjustStock
  const results = await Promise.all(Array.from({ length: 5 }, () => adjust(7, key)))
  expect(results.every(({ __typename }) => __typename === 'AdjustStockSuccess')).toBe(true)
  expect(await available(buyer, productId)).toBe(9)
  expect((await adjust(8, key)).__typename).toBe('IdempotencyKeyReused')
  expect(await adjust(-10)).toMatchObject({
    __typename: 'OutOfStock',
    shortages: [{ requestedQuantity: 10, availableQuantity: 9 }],
  })
  expect((await adjust(-9)).__typename).toBe('AdjustStockSuccess')
  expect((await adjust(1, randomUUID(), 'product_00000000000000000000000000')).__typename).toBe('ProductNotFound')
  expect((await adjust(1, randomUUID(), 'nonsense')).__typename).toBe('ProductNotFound')
  for (const delta of [0, 1_000_001, -1_000_001]) expect((await adjust(delta)).__typename).toBe('InvalidInput')
  await expectBooksToBalance(graph)
})

test('stock of a product that orders has not heard of can be adjusted later with the same key', async () => {
  const productId = await stockedProduct(admin, 0)
  const [row] = await graph.database.sql('delete from orders.products where id = $1 returning *', [
    uuidOf(productId as `product_${string}`),
  ])
  const adjust = async () =>
    (await admin.data(ADJUST, { input: { productId, delta: 3, idempotencyKey: 'before it was known' } })).adjustStock
  expect(await adjust()).toMatchObject({ __typename: 'ProductNotFound' })
  await graph.database.sql(
    `insert into orders.products select * from jsonb_populate_record(null::orders.products, $1)`,
    [JSON.stringify(row, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value))],
  )
  expect(await adjust()).toMatchObject({ __typename: 'AdjustStockSuccess' })
})
