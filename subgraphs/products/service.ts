import { isDeepStrictEqual } from 'node:util'
import { InputRules, type InvalidInput } from '../../platform/graphql/invalid-input.ts'
import { connectionOf, readPage } from '../../platform/graphql/pages.ts'
import { isId, newId } from '../../platform/ids.ts'
import { parseAmount, type Money } from '../../platform/money.ts'
import type { Database, Transaction } from '../../platform/postgres/database.ts'
import { brokenConstraint } from '../../platform/postgres/failures.ts'
import { readFilter, sortOrderOf } from './list.ts'
import { recordProductEvent } from './events.ts'
import type { CreateProductInput, MoneyInput, QueryProductsArgs, UpdateProductInput } from './generated.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import {
  countProducts,
  insertProduct,
  lockProduct,
  productPage,
  retireProduct,
  updateProduct,
  type ProductConnectionRow,
  type ProductFields,
  type ProductRow,
} from './store.ts'

/** The highest price, in the minor unit of its currency. */
const HIGHEST_PRICE = 100_000_000_000n

export interface ProductNotFound {
  __typename: 'ProductNotFound'
  message: string
}
const productNotFound: ProductNotFound = { __typename: 'ProductNotFound', message: 'There is no such product.' }

export interface SkuTaken {
  __typename: 'SkuTaken'
  message: string
}

export interface ProductVersionConflict {
  __typename: 'ProductVersionConflict'
  message: string
  current: ProductRow
}

/** The catalogue and its administration. */
export class ProductsService {
  readonly #database: Database
  #loaders: Loaders

  constructor(database: Database) {
    this.#database = database
    this.#loaders = createLoaders(database)
  }

  /** One product, on sale or retired; null when there is none. */
  async find(id: string): Promise<ProductRow | null> {
    return isId('product', id) ? this.#loaders.productById.load(id) : null
  }

  async findBySku(sku: string): Promise<ProductRow | null> {
    return this.#loaders.productBySku.load(sku)
  }

  /** A page of the products on sale. */
  async list(args: QueryProductsArgs): Promise<ProductConnectionRow> {
    const order = sortOrderOf(args.orderBy)
    const filter = readFilter(args.filter ?? {})
    const slice = await productPage(this.#database, filter, order, readPage(args, order.name, order.type.accepts))
    return connectionOf(slice, order.name, () => countProducts(this.#database, filter))
  }

  async create({ sku, name, description, price }: CreateProductInput): Promise<ProductRow | SkuTaken | InvalidInput> {
    const { money, isPrice } = readPrice(price)
    const invalid = productRules({ name, description }, isPrice)
      .require(SKU.test(sku), 'sku', 'Must be 1 to 40 characters of A-Z, 0-9 and -.')
      .result()
    if (invalid) return invalid
    try {
      return await this.#changing((queries) => this.#insert(queries, sku, { name, description, price: money }))
    } catch (error) {
      if (brokenConstraint(error) === 'products_sku_key')
        return { __typename: 'SkuTaken', message: 'Another product has this SKU.' }
      throw error
    }
  }

  async update(
    input: UpdateProductInput,
  ): Promise<ProductRow | ProductNotFound | ProductVersionConflict | InvalidInput> {
    const price = input.price ? readPrice(input.price) : null
    const invalid = productRules(input, price?.isPrice ?? true).result()
    if (invalid) return invalid
    return this.#withLocked(input.id, async (queries, product) => {
      if ((input.expectedVersion ?? product.version) !== product.version) return versionConflict(product)
      const fields = {
        name: input.name ?? product.name,
        description: input.description ?? product.description,
        price: price?.money ?? product.price,
      }
      if (isSame(product, fields)) return product
      return recordProductEvent(queries, 'product.updated', await updateProduct(queries, product.id, fields))
    })
  }

  /** Takes a product off sale; one that is off sale already stays as it is. */
  async retire(id: string): Promise<ProductRow | ProductNotFound> {
    return this.#withLocked(id, async (queries, product) =>
      product.isOnSale
        ? recordProductEvent(queries, 'product.retired', await retireProduct(queries, product.id))
        : product,
    )
  }

  async #insert(queries: Transaction, sku: string, fields: ProductFields): Promise<ProductRow> {
    return recordProductEvent(queries, 'product.created', await insertProduct(queries, newId('product'), sku, fields))
  }

  /** Changes a product in a transaction, in which nobody else can change it. */
  async #withLocked<Result>(
    id: string,
    change: (queries: Transaction, product: ProductRow) => Promise<Result>,
  ): Promise<Result | ProductNotFound> {
    if (!isId('product', id)) return productNotFound
    return this.#changing(async (queries) => {
      const product = await lockProduct(queries, id)
      return product ? change(queries, product) : productNotFound
    })
  }

  /** After a change nothing that was read before in this request is taken for true. */
  async #changing<Result>(change: (queries: Transaction) => Promise<Result>): Promise<Result> {
    const result = await this.#database.transaction(change)
    this.#loaders = createLoaders(this.#database)
    return result
  }
}

const SKU = /^[A-Z0-9-]{1,40}$/

function productRules(
  { name, description }: { name?: string | null | undefined; description?: string | null | undefined },
  isPrice: boolean,
): InputRules {
  return new InputRules()
    .length(name, 'name', 1, 200)
    .notBlank(name, 'name')
    .length(description, 'description', 0, 10_000)
    .require(
      isPrice,
      ['price', 'amount'],
      'Must be from 0 to 1,000,000,000, with at most the digits of the currency after the point.',
    )
}

/** Reads a price, and whether it can be one. */
function readPrice({ amount, currencyCode }: MoneyInput): { money: Money; isPrice: boolean } {
  const minorUnits = parseAmount(amount, currencyCode)
  return {
    money: { minorUnits: minorUnits ?? 0n, currencyCode },
    isPrice: minorUnits !== null && minorUnits >= 0n && minorUnits <= HIGHEST_PRICE,
  }
}

/** Whether a change would change nothing, whichever fields there are. */
function isSame(product: ProductRow, fields: ProductFields): boolean {
  return isDeepStrictEqual({ ...product, ...fields }, product)
}

function versionConflict(current: ProductRow): ProductVersionConflict {
  return {
    __typename: 'ProductVersionConflict',
    message: `The product is at version ${current.version} by now.`,
    current,
  }
}
