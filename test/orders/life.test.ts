import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../platform/ids.ts'
import type { GraphClient } from '../support/graph-client.ts'
import type { Person } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'
import { available, place, stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let admin: Person
beforeAll(async () => {
  graph = await startGraph()
  admin = await graph.administrator()
})
afterAll(() => graph[Symbol.asyncDispose]())

const ORDER = `query ($id: ID!) { order(id: $id) { status canBeCancelled buyer { id username } history { status reason } } }`
const CANCEL = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename
  ... on CancelOrderSuccess { order { status } } ... on OrderNotCancellable { order { status } } ... on InvalidInput { fields { path } } } }`
const SHIP = `mutation ($id: ID!) { shipOrder(input: { id: $id }) { __typename ... on ShipOrderSuccess { order { status } } ... on OrderNotShippable { order { status } } } }`

const cancel = async (client: GraphClient, id: string, reason?: string) =>
  (await client.data(CANCEL, { input: { id, reason } })).cancelOrder
const ship = async (id: string) => (await admin.data(SHIP, { id })).shipOrder
const orderOf = async (client: GraphClient, id: string) => (await client.data(ORDER, { id })).order

async function confirmedOrder(buyer: GraphClient, units = 5) {
  const productId = await stockedProduct(admin, units)
  const { order } = await place(buyer, [{ productId, quantity: 2 }])
  await eventually(async () => expect((await orderOf(admin, order.id)).status).toBe('CONFIRMED'))
  return { id: order.id as string, productId }
}

test('an order is confirmed without anybody waiting, and shipped: its units leave the warehouse', async () => {
  const buyer = await graph.person()
  const { id, productId } = await confirmedOrder(buyer)
  expect(await orderOf(buyer, id)).toMatchObject({
    canBeCancelled: true,
    history: [{ status: 'PLACED' }, { status: 'CONFIRMED' }],
    buyer: { username: buyer.username },
  })
  expect(await ship(id)).toMatchObject({ __typename: 'ShipOrderSuccess', order: { status: 'SHIPPED' } })
  expect(await available(buyer, productId)).toBe(3)
  expect(
    await graph.database.sql('select on_hand, reserved from orders.stock where product_id = $1', [
      uuidOf(productId as `product_${string}`),
    ]),
  ).toEqual([{ on_hand: 3, reserved: 0 }])
  expect(await ship(id)).toMatchObject({ __typename: 'OrderNotShippable', order: { status: 'SHIPPED' } })
  expect(await cancel(buyer, id)).toMatchObject({ __typename: 'OrderNotCancellable', order: { status: 'SHIPPED' } })
})

test('a cancelled order gives its units back, once, also when it is cancelled many times at once', async () => {
  const buyer = await graph.person()
  const { id, productId } = await confirmedOrder(buyer)
  const results = await Promise.all(Array.from({ length: 5 }, () => cancel(buyer, id, 'Changed my mind')))
  expect(results.filter(({ __typename }) => __typename === 'CancelOrderSuccess')).toHaveLength(1)
  expect(results.filter(({ __typename }) => __typename === 'OrderNotCancellable')).toHaveLength(4)
  expect(await available(buyer, productId)).toBe(5)
  expect((await orderOf(buyer, id)).history.at(-1)).toEqual({ status: 'CANCELLED', reason: 'Changed my mind' })
  expect((await ship(id)).__typename).toBe('OrderNotShippable')
})

test('of a cancellation and a shipment at once one wins, and the books balance', async () => {
  const buyer = await graph.person()
  for (let round = 0; round < 5; round++) {
    const { id, productId } = await confirmedOrder(buyer)
    const [cancelled, shipped] = await Promise.all([cancel(buyer, id), ship(id)])
    const status = (await orderOf(buyer, id)).status
    expect([cancelled.__typename, shipped.__typename]).toEqual(
      status === 'CANCELLED'
        ? ['CancelOrderSuccess', 'OrderNotShippable']
        : ['OrderNotCancellable', 'ShipOrderSuccess'],
    )
    expect(await available(buyer, productId)).toBe(status === 'CANCELLED' ? 5 : 3)
  }
})

test("another's order does not exist: it cannot be read or cancelled, and not by its buyer after another's try", async () => {
  const [buyer, other] = [await graph.person(), await graph.person()]
  const { id } = await confirmedOrder(buyer)
  expect(await other.data(`{ order(id: "${id}") { id } node(id: "${id}") { id } }`)).toEqual({
    order: null,
    node: null,
  })
  expect((await cancel(other, id)).__typename).toBe('OrderNotFound')
  expect((await cancel(other, 'nonsense')).__typename).toBe('OrderNotFound')
  expect((await cancel(buyer, id, 'x'.repeat(501))).__typename).toBe('InvalidInput')
  expect((await orderOf(buyer, id)).status).toBe('CONFIRMED')
  expect((await cancel(admin, id)).__typename).toBe('CancelOrderSuccess')
})

test('a deleted account is taken off its orders, which stay', async () => {
  const buyer = await graph.person()
  const { id } = await confirmedOrder(buyer)
  await buyer.data(`mutation { deleteAccount(input: { password: "${buyer.password}" }) { __typename } }`)
  await eventually(async () => expect(await orderOf(admin, id)).toMatchObject({ status: 'CONFIRMED', buyer: null }))
})

test('so it is where there are thousands, and each is told of', async () => {
  const buyer = await graph.person()
  const { id } = await confirmedOrder(buyer)
  const uuid = uuidOf(id as `order_${string}`)
  await graph.database.sql(
    `insert into orders.orders select gen_random_uuid(), 'COPY-' || n, buyer_id, status, 0, currency, version, placed_at, updated_at
     from orders.orders, generate_series(1, 2500) n where id = $1`,
    [uuid],
  )
  const before = await anonymized()
  await buyer.data(`mutation { deleteAccount(input: { password: "${buyer.password}" }) { __typename } }`)
  const named = () =>
    graph.database.sql(`select id from orders.orders where number like 'COPY-%' and buyer_id is not null limit 1`)
  await eventually(async () => expect(await named()).toEqual([]))
  expect((await anonymized()) - before).toBe(2_501)
  await graph.database.sql(`delete from orders.orders where number like 'COPY-%'`)
})

/** How many orders were told to have no buyer any more. */
async function anonymized(): Promise<number> {
  return (await graph.database.sql(`select from orders.outbox where type = 'order.anonymized'`)).length
}

test('a list of orders is paged and filtered', async () => {
  const [buyer, productId] = [await graph.person(), await stockedProduct(admin, 10)]
  const ids: string[] = []
  for (let index = 0; index < 5; index++) ids.unshift((await place(buyer, [{ productId }])).order.id)
  await cancel(buyer, ids[1] ?? '')
  const list = async (args: string) =>
    (
      await buyer.data(
        `{ viewer { orders(${args}) { totalCount nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } } } }`,
      )
    ).viewer.orders
  const first = await list('first: 3')
  expect(first).toMatchObject({
    totalCount: 5,
    nodes: ids.slice(0, 3).map((id) => ({ id })),
    pageInfo: { hasNextPage: true, hasPreviousPage: false },
  })
  expect(await list(`first: 3, after: "${first.pageInfo.endCursor}"`)).toMatchObject({
    nodes: ids.slice(3).map((id) => ({ id })),
    pageInfo: { hasNextPage: false, hasPreviousPage: true },
  })
  expect((await list('filter: { statuses: [CANCELLED] }')).nodes).toEqual([{ id: ids[1] }])
  expect((await list('filter: { placedBefore: "2020-01-01T00:00:00Z" }')).totalCount).toBe(0)
})

test('the history of an order cannot be rewritten', async () => {
  const buyer = await graph.person()
  const { id } = await confirmedOrder(buyer)
  const rewrite = graph.database.sql(`update orders.order_events set status = 'SHIPPED' where order_id = $1`, [
    uuidOf(id as `order_${string}`),
  ])
  await expect(rewrite).rejects.toThrow('order_events is append-only')
})

test('a stale event never overwrites a newer price', async () => {
  const [buyer, productId] = [await graph.person(), await stockedProduct(admin, 10)]
  const uuid = uuidOf(productId as `product_${string}`)
  await graph.database.sql('update orders.products set version = 1000, price_minor_units = 777 where id = $1', [uuid])
  await admin.data(
    `mutation { updateProduct(input: { id: "${productId}", price: { amount: "1.00", currencyCode: EUR } }) { __typename } }`,
  )
  await eventually(async () =>
    expect(await graph.database.sql('select from products.outbox where published_at is null')).toEqual([]),
  )
  expect((await place(buyer, [{ productId }], randomUUID())).order.total.amount).toBe('7.77')
})

test('the history of an order ends with its status, whatever the worker does meanwhile', async () => {
  const productId = await stockedProduct(admin, 100)
  const buyer = await graph.person()
  const placed = async (idempotencyKey: string) => {
    const { placeOrder } = await buyer.data(
      'mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { ... on PlaceOrderSuccess { order { status history { status } } } } }',
      { input: { idempotencyKey, lines: [{ productId, quantity: 1 }] } },
    )
    expect(placeOrder.order.history.at(-1).status).toBe(placeOrder.order.status)
  }
  // No more at once than orders has connections for, which would be refused.
  for (let round = 0; round < 5; round++)
    await Promise.all(Array.from({ length: 8 }, (_, index) => placed(`history-${round}-${index}`)))
})
