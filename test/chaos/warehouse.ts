import { ADJUST } from '../support/shop.ts'
import type { Persistent } from './persistent.ts'
import type { Random } from './random.ts'

const CREATE =
  'mutation ($input: CreateProductInput!) { createProduct(input: $input) { ... on CreateProductSuccess { product { id } } } }'
const PRICE = 'mutation ($input: UpdateProductInput!) { updateProduct(input: $input) { __typename } }'
const SHIP = 'mutation ($input: ShipOrderInput!) { shipOrder(input: $input) { __typename } }'

/** Puts products on sale; gives their ids. */
export async function createProducts(client: Persistent, count: number): Promise<string[]> {
  const products: string[] = []
  for (let index = 0; index < count; index++) {
    const input = {
      sku: `CHAOS-${index}`,
      name: `Product ${index}`,
      price: { amount: `${index}.99`, currencyCode: 'EUR' },
    }
    products.push((await client.send(CREATE, input)).createProduct.product.id)
  }
  return products
}

/** Fills the shelves, changes prices, and ships what can be shipped, until the end; gives the units that were put on
 * each product's shelf. @param orders as they become known */
export async function keepWarehouse(
  client: Persistent,
  products: string[],
  random: Random,
  orders: () => Promise<string[]>,
  isOver: () => boolean,
): Promise<Map<string, number>> {
  const filled = new Map<string, number>()
  for (let count = 0; !isOver(); count++) {
    const [productId, delta] = [random.pick(products), random.between(1, 20)]
    const adjusted = await client.send(ADJUST, {
      productId,
      delta,
      idempotencyKey: `shelf-${count}`,
    })
    if (adjusted.adjustStock.__typename !== 'AdjustStockSuccess')
      client.wrong.push(`a shelf was not filled: ${JSON.stringify(adjusted)}`)
    else filled.set(productId, (filled.get(productId) ?? 0) + delta)
    if (random.next() < 0.2)
      await client.send(PRICE, { id: productId, price: { amount: `${random.between(1, 99)}.50`, currencyCode: 'EUR' } })
    const known = await orders()
    if (known.length > 0) await client.send(SHIP, { id: random.pick(known) })
  }
  return filled
}
