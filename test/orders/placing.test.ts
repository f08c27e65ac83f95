import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../support/people.ts'
import { ADJUST, available, expectBooksToBalance, place, PLACE, stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let admin: Person
beforeAll(async () => {
  graph = await startGraph()
  admin = await graph.administrator()
})
afterAll(() => graph[Symbol.asyncDispose]())

test('an order takes its units, keeps its prices, and has a number to read out', async () => {
  const [buyer, one, two] = [
    await graph.person(),
    await stockedProduct(admin, 10, { amount: '19.90', currencyCode: 'EUR' }),
    await stockedProduct(admin, 10, { amount: '0.05', currencyCode: 'EUR' }),
  ]
  const placed = await place(buyer, [
    { productId: two, quantity: 3 },
    { productId: one, quantity: 2, expectedUnitPrice: { amount: '19.9', currencyCode: 'EUR' } },
  ])
  expect(placed).toMatchObject({ __typename: 'PlaceOrderSuccess', isRepeat: false })
  expect(placed.order).toMatchObject({
    number: expect.stringMatching(/^\d{4}-\d{6,}$/),
    total: { amount: '39.95', currencyCode: 'EUR' },
    lines: [
      { quantity: 3, product: { id: two }, unitPrice: { amount: '0.05' }, total: { amount: '0.15' } },
      { quantity: 2, product: { id: one }, unitPrice: { amount: '19.90' }, total: { amount: '39.80' } },
    ],
  })
  expect([await available(buyer, one), await available(buyer, two)]).toEqual([8, 7])
  await admin.data(
    `mutation { updateProduct(input: { id: "${one}", price: { amount: "25.00", currencyCode: EUR } }) { __typename } }`,
  )
  expect((await buyer.data(`{ order(id: "${placed.order.id}") { total { amount } } }`)).order.total.amount).toBe(
    '39.95',
  )
  await expectBooksToBalance(graph)
})

test('all lines are taken from stock, or none', async () => {
  const [buyer, plenty, few] = [await graph.person(), await stockedProduct(admin, 100), await stockedProduct(admin, 2)]
  const refused = await place(buyer, [
    { productId: plenty, quantity: 5 },
    { productId: few, quantity: 3 },
  ])
  expect(refused).toMatchObject({
    __typename: 'OutOfStock',
    shortages: [{ product: { id: few }, requestedQuantity: 3, availableQuantity: 2 }],
  })
  expect([await available(buyer, plenty), await available(buyer, few)]).toEqual([100, 2])
  expect((await buyer.data('{ viewer { orders { totalCount } } }')).viewer.orders.totalCount).toBe(0)
})

test('two hundred buyers and the last unit: one gets it', async () => {
  const productId = await stockedProduct(admin, 1)
  const buyers = await Promise.all(Array.from({ length: 8 }, () => graph.person()))
  const results = await Promise.all(
    Array.from({ length: 200 }, (_, index) => place(buyers[index % 8] ?? admin, [{ productId }])),
  )
  expect(results.filter(({ __typename }) => __typename === 'PlaceOrderSuccess')).toHaveLength(1)
  expect(results.filter(({ __typename }) => __typename === 'OutOfStock')).toHaveLength(199)
  expect(await available(admin, productId)).toBe(0)
  await expectBooksToBalance(graph)
})

test('a double click, a hundred times: one order, and every click gets it', async () => {
  const [buyer, productId, key] = [await graph.person(), await stockedProduct(admin, 1_000), randomUUID()]
  const results = await Promise.all(Array.from({ length: 100 }, () => place(buyer, [{ productId }], key)))
  expect(new Set(results.map(({ order }) => order.id)).size).toBe(1)
  expect(results.filter(({ isRepeat }) => !isRepeat)).toHaveLength(1)
  expect(await available(buyer, productId)).toBe(999)
})

test('orders with the same lines in opposite order do not deadlock', async () => {
  const products = [
    await stockedProduct(admin, 1_000),
    await stockedProduct(admin, 1_000),
    await stockedProduct(admin, 1_000),
  ]
  const lines = products.map((productId) => ({ productId }))
  const buyers = await Promise.all(Array.from({ length: 4 }, () => graph.person()))
  const results = await Promise.all(
    Array.from({ length: 100 }, (_, index) =>
      place(buyers[index % 4] ?? admin, index % 2 ? lines : lines.toReversed()),
    ),
  )
  expect(results.every(({ __typename }) => __typename === 'PlaceOrderSuccess')).toBe(true)
  expect(new Set(results.map(({ order }) => order.number)).size).toBe(100)
  for (const id of products) expect(await available(admin, id)).toBe(900)
  await expectBooksToBalance(graph)
})

test('a key answers as it did first, its refusals included', async () => {
  const [buyer, productId, key] = [await graph.person(), await stockedProduct(admin, 1), randomUUID()]
  const refused = await place(buyer, [{ productId, quantity: 2 }], key)
  expect(refused.__typename).toBe('OutOfStock')
  await admin.data(ADJUST, { input: { productId, delta: 10, idempotencyKey: randomUUID() } })
  expect(await place(buyer, [{ productId, quantity: 2 }], key)).toEqual(refused)
  expect((await place(buyer, [{ productId, quantity: 2 }])).__typename).toBe('PlaceOrderSuccess')
})

test('a key with another input is refused, and the same key of another user is another key', async () => {
  const [buyer, other, productId, key] = [
    await graph.person(),
    await graph.person(),
    await stockedProduct(admin, 10),
    randomUUID(),
  ]
  const first = await place(buyer, [{ productId }], key)
  expect((await place(buyer, [{ productId, quantity: 2 }], key)).__typename).toBe('IdempotencyKeyReused')
  expect((await place(other, [{ productId, quantity: 2 }], key)).order.id).not.toBe(first.order.id)
  expect(await available(buyer, productId)).toBe(7)
})

test('a price that is another by now refuses the order, and shows what it is', async () => {
  const [buyer, productId] = [
    await graph.person(),
    await stockedProduct(admin, 10, { amount: '12.00', currencyCode: 'USD' }),
  ]
  const cheaper = { amount: '11.00', currencyCode: 'USD' }
  expect(await place(buyer, [{ productId, expectedUnitPrice: cheaper }])).toMatchObject({
    __typename: 'PriceChanged',
    changes: [
      {
        product: { id: productId },
        expectedUnitPrice: { amount: '11.00' },
        unitPrice: { amount: '12.00', currencyCode: 'USD' },
      },
    ],
  })
  expect(
    (await place(buyer, [{ productId, expectedUnitPrice: { amount: '12.00', currencyCode: 'EUR' } }])).__typename,
  ).toBe('PriceChanged')
  expect(await available(buyer, productId)).toBe(10)
})

test('unknown, retired and malformed products are told, and nothing is ordered', async () => {
  const [buyer, good, retired] = [
    await graph.person(),
    await stockedProduct(admin, 10),
    await stockedProduct(admin, 10),
  ]
  await admin.data(`mutation { retireProduct(input: { id: "${retired}" }) { __typename } }`)
  await expect
    .poll(async () => (await place(buyer, [{ productId: retired }])).__typename, { timeout: 10_000 })
    .toBe('ProductsUnavailable')
  const unknown = 'product_00000000000000000000000000'
  const refused = await place(buyer, [
    { productId: good },
    { productId: unknown },
    { productId: 'nonsense' },
    { productId: retired },
  ])
  expect(refused).toMatchObject({ __typename: 'ProductsUnavailable', productIds: [unknown, 'nonsense', retired] })
  expect(await available(buyer, good)).toBe(10)
})

test('products of several currencies are not one order', async () => {
  const [buyer, euros, dollars] = [
    await graph.person(),
    await stockedProduct(admin, 1),
    await stockedProduct(admin, 1, { amount: '1.00', currencyCode: 'USD' }),
  ]
  expect(await place(buyer, [{ productId: euros }, { productId: dollars }])).toMatchObject({
    __typename: 'InvalidInput',
    fields: [{ path: ['lines', '1', 'productId'] }],
  })
})

test.each([
  ['zero units', (id: string) => [{ productId: id, quantity: 0 }], 'lines.0.quantity'],
  ['a negative number', (id: string) => [{ productId: id, quantity: -1 }], 'lines.0.quantity'],
  ['too many units', (id: string) => [{ productId: id, quantity: 1_001 }], 'lines.0.quantity'],
  ['the largest number', (id: string) => [{ productId: id, quantity: 2_147_483_647 }], 'lines.0.quantity'],
  [
    'a product twice',
    (id: string) => [
      { productId: id, quantity: 1 },
      { productId: id, quantity: 1 },
    ],
    'lines.1.productId',
  ],
  ['no line', () => [], 'lines'],
  [
    '51 lines',
    () => Array.from({ length: 51 }, (_, index) => ({ productId: `product_${index}`, quantity: 1 })),
    'lines',
  ],
  [
    'a price with too many digits',
    (id: string) => [{ productId: id, quantity: 1, expectedUnitPrice: { amount: '1.001', currencyCode: 'EUR' } }],
    'lines.0.expectedUnitPrice.amount',
  ],
])('%s breaks a rule that is told, and takes no key', async (_, linesFor, path) => {
  const [buyer, productId, idempotencyKey] = [await graph.person(), await stockedProduct(admin, 2_000), randomUUID()]
  const { placeOrder } = await buyer.data(PLACE, { input: { idempotencyKey, lines: linesFor(productId) } })
  expect(placeOrder).toMatchObject({ __typename: 'InvalidInput', fields: [{ path: path.split('.') }] })
  expect(await available(buyer, productId)).toBe(2_000)
  expect((await place(buyer, [{ productId }], idempotencyKey)).__typename).toBe('PlaceOrderSuccess')
})

test('an id that is none by its length is refused before it is kept', async () => {
  const [buyer, productId] = [await graph.person(), 'x'.repeat(90_000)]
  const input = { idempotencyKey: 'long', lines: [{ productId, quantity: 1 }] }
  const { placeOrder } = await buyer.data(PLACE, { input })
  expect(placeOrder).toMatchObject({ __typename: 'InvalidInput', fields: [{ path: ['lines', '0', 'productId'] }] })
  expect(await graph.database.sql(`select from orders.idempotency_keys where key = 'long'`)).toEqual([])
})

test.each(['', 'x'.repeat(256)])('a key of %# characters too few or too many is refused', async (idempotencyKey) => {
  const [buyer, productId] = [await graph.person(), await stockedProduct(admin, 1)]
  const { placeOrder } = await buyer.data(PLACE, { input: { idempotencyKey, lines: [{ productId, quantity: 1 }] } })
  expect(placeOrder).toMatchObject({ __typename: 'InvalidInput', fields: [{ path: ['idempotencyKey'] }] })
})

test('the millionth order has a number of its own, of seven digits', async () => {
  const productId = await stockedProduct(admin, 3)
  await graph.database.sql(`select setval('orders.order_numbers', 999999)`)
  const numbers = [
    (await place(admin, [{ productId }])).order.number,
    (await place(admin, [{ productId }])).order.number,
  ]
  expect(numbers.map((number) => number.slice(4))).toEqual(['-1000000', '-1000001'])
})

test('the largest order that there can be has an exact total', async () => {
  const price = { amount: '1000000000.00', currencyCode: 'EUR' }
  const products = await Promise.all(Array.from({ length: 50 }, () => stockedProduct(admin, 1_000, price)))
  const { order } = await place(
    admin,
    products.map((productId) => ({ productId, quantity: 1_000 })),
  )
  expect(order.total).toEqual({ amount: '50000000000000.00', currencyCode: 'EUR' })
})
