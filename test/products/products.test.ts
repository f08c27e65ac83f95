import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let admin: Person
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
  admin = await graph.administrator()
})
afterAll(() => graph[Symbol.asyncDispose]())

const FIELDS = 'id sku name description price { amount currencyCode } isOnSale version createdAt updatedAt'
const CREATE = `mutation ($input: CreateProductInput!) { createProduct(input: $input) {
  __typename ... on CreateProductSuccess { product { ${FIELDS} } } ... on InvalidInput { fields { path } } } }`
const UPDATE = `mutation ($input: UpdateProductInput!) { updateProduct(input: $input) {
  __typename ... on UpdateProductSuccess { product { ${FIELDS} } } ... on ProductVersionConflict { current { version } } ... on InvalidInput { fields { path } } } }`
const RETIRE = `mutation ($id: ID!) { retireProduct(input: { id: $id }) { __typename ... on RetireProductSuccess { product { ${FIELDS} } } } }`
const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: ProductFilter, $orderBy: ProductOrder! = { field: NAME, direction: ASC }) {
  products(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount nodes { sku name price { amount } createdAt } pageInfo { hasNextPage hasPreviousPage endCursor startCursor } } }`

let count = 0
const create = async (fields: object = {}) => {
  const input = { sku: `NEW-${++count}`, name: 'New', price: { amount: '10.50', currencyCode: 'EUR' }, ...fields }
  return (await admin.data(CREATE, { input })).createProduct
}

test('a product is created, changed and retired; retired, it stays readable but not on sale', async () => {
  const { product } = await create({ name: 'Teapot', description: 'Pours.' })
  expect(product).toMatchObject({
    name: 'Teapot',
    price: { amount: '10.50', currencyCode: 'EUR' },
    isOnSale: true,
    version: 1,
  })
  const updated = (await admin.data(UPDATE, { input: { id: product.id, price: { amount: '1', currencyCode: 'USD' } } }))
    .updateProduct.product
  expect(updated).toMatchObject({
    name: 'Teapot',
    description: 'Pours.',
    price: { amount: '1.00', currencyCode: 'USD' },
    version: 2,
  })
  const retired = (await admin.data(RETIRE, { id: product.id })).retireProduct.product
  expect(retired).toMatchObject({ isOnSale: false, version: 3 })
  expect((await admin.data(RETIRE, { id: product.id })).retireProduct.product).toEqual(retired)
  expect(
    await graph.anonymous.data(
      `{ product(id: "${product.id}") { version } productBySku(sku: "${product.sku}") { version } }`,
    ),
  ).toEqual({ product: { version: 3 }, productBySku: { version: 3 } })
  expect((await graph.anonymous.data(LIST, { filter: { search: 'teapot' } })).products.totalCount).toBe(0)
})

test('a SKU belongs to one product', async () => {
  const { product } = await create()
  expect((await create({ sku: product.sku })).__typename).toBe('SkuTaken')
})

test('inputs that break rules are told, all at once', async () => {
  const { fields } = await create({
    sku: 'lower case',
    name: '',
    description: 'x'.repeat(10_001),
    price: { amount: '1.005', currencyCode: 'EUR' },
  })
  expect(fields.map(({ path }: { path: string[] }) => path.join('.')).sort()).toEqual([
    'description',
    'name',
    'price.amount',
    'sku',
  ])
  for (const amount of ['-0.01', '1000000000.01', '123456789012345'])
    expect((await create({ price: { amount, currencyCode: 'EUR' } })).__typename).toBe('InvalidInput')
  expect((await create({ price: { amount: '1000000000', currencyCode: 'EUR' } })).product.price.amount).toBe(
    '1000000000.00',
  )
})

test('a stale version, an unknown product and an id of another type are told', async () => {
  const { product } = await create()
  await admin.data(UPDATE, { input: { id: product.id, name: 'Changed' } })
  expect(
    (await admin.data(UPDATE, { input: { id: product.id, expectedVersion: 1, name: 'Again' } })).updateProduct,
  ).toMatchObject({ __typename: 'ProductVersionConflict', current: { version: 2 } })
  for (const id of ['product_00000000000000000000000000', admin.id, 'nonsense', '']) {
    expect((await admin.data(UPDATE, { input: { id, name: 'X' } })).updateProduct.__typename).toBe('ProductNotFound')
    expect((await admin.data(RETIRE, { id })).retireProduct.__typename).toBe('ProductNotFound')
    expect(await graph.anonymous.data(`query ($id: ID!) { product(id: $id) { id } }`, { id })).toEqual({
      product: null,
    })
  }
})

test.each(
  ['NAME', 'PRICE', 'CREATED_AT'].flatMap((field) => ['ASC', 'DESC'].map((direction) => ({ field, direction }))),
)('the catalogue by $field $direction is walked both ways without loss', async (orderBy) => {
  const walk = async (isForward: boolean) => {
    const seen: { sku: string; name: string; price: { amount: string } }[] = []
    let cursor: string | null = null
    do {
      const { products } = await graph.anonymous.data(
        LIST,
        isForward ? { first: 13, after: cursor, orderBy } : { last: 13, before: cursor, orderBy },
      )
      if (isForward) seen.push(...products.nodes)
      else seen.unshift(...products.nodes)
      const { hasNextPage, hasPreviousPage, endCursor, startCursor } = products.pageInfo
      cursor = isForward ? (hasNextPage ? endCursor : null) : hasPreviousPage ? startCursor : null
    } while (cursor)
    return seen
  }
  const forward = await walk(true)
  expect(await walk(false)).toEqual(forward)
  const { products } = await graph.anonymous.data(LIST, { first: 1 })
  expect(new Set(forward.map(({ sku }) => sku)).size).toBe(products.totalCount)
  const keys = forward.map(({ name, price }) => (orderBy.field === 'PRICE' ? Number(price.amount) : name.toLowerCase()))
  const sorted = keys.toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  if (orderBy.field !== 'CREATED_AT') expect(keys).toEqual(orderBy.direction === 'ASC' ? sorted : sorted.toReversed())
})

test('the catalogue is searched and narrowed by price', async () => {
  const found = async (filter: object): Promise<{ name: string; price: { amount: string } }[]> =>
    (await graph.anonymous.data(LIST, { first: 100, filter })).products.nodes
  expect(await found({ search: 'MUG-AMBER' })).toHaveLength(1)
  expect(await found({ search: 'dishwasher' })).toHaveLength(10)
  const prices = (await found({ minPrice: '12.901', maxPrice: '14.90', currencyCode: 'EUR', search: 'mug' })).map(
    ({ price }) => price.amount,
  )
  expect(prices.toSorted()).toEqual(['13.90', '14.90'])
  expect(await found({ currencyCode: 'ILS' })).toEqual([])
  expect(await found({ search: '%' })).toEqual([])
})
