import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { connect } from '../../platform/postgres/prepare.ts'
import { clientOf } from '../support/graph-client.ts'
import { checkBooks } from './books.ts'
import { wreakHavoc } from './havoc.ts'
import { Random } from './random.ts'
import { keepWarehouse, Persistent, shop, type Account, type Told } from './shoppers.ts'
import { startWorld, type World } from './world.ts'

/** Real clients on real processes, which are killed all the while; then the books are checked: `npm run test:chaos`. */
const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const SHOPPERS = 6
const PRODUCTS = 12

const SIGN_UP = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }'
const CREATE =
  'mutation ($input: CreateProductInput!) { createProduct(input: $input) { ... on CreateProductSuccess { product { id } } } }'

async function signUp(world: World, username: string): Promise<Account> {
  const account = { email: `${username}@example.com`, password: `a long password of ${username}` }
  await clientOf(world.graphql).send(SIGN_UP, { input: { ...account, username } })
  return account
}

/** An administrator, and products that orders knows of. */
async function setUp(world: World, told: Told): Promise<{ admin: Persistent; products: string[] }> {
  const account = await signUp(world, 'administrator')
  const database = await connect(world.databaseUrl)
  await database.query(`update users.accounts set role = 'ADMIN'`)
  const admin = new Persistent(world.graphql, account, told)
  const products: string[] = []
  for (let index = 0; index < PRODUCTS; index++) {
    const input = {
      sku: `CHAOS-${index}`,
      name: `Product ${index}`,
      price: { amount: `${index}.99`, currencyCode: 'EUR' },
    }
    products.push((await admin.send(CREATE, input)).createProduct.product.id)
  }
  while ((await database.query('select from orders.products')).rowCount !== PRODUCTS) await sleep(50)
  await database.end()
  return { admin, products }
}

async function main(): Promise<number> {
  const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
  process.stdout.write(`chaos for ${seconds} s with the seed ${seed}\n`)
  const told: Told = { answers: new Map(), orders: new Set(), wrong: [], retries: 0 }
  await using world = await startWorld()
  const { admin, products } = await setUp(world, told)
  const end = Date.now() + seconds * 1_000
  const isOver = () => Date.now() > end
  const shoppers = Array.from({ length: SHOPPERS }, async (_, index) => {
    const name = `shopper_${index}`
    const client = new Persistent(world.graphql, await signUp(world, name), told)
    await shop(name, client, products, new Random(seed + index + 1), told, isOver)
  })
  const warehouse = keepWarehouse(admin, products, new Random(seed + 100), told, isOver)
  const damage = await wreakHavoc(world, new Random(seed), isOver)
  await Promise.all([...shoppers, warehouse])
  const wrong = await checkBooks(world, told)
  process.stdout.write(
    `${told.orders.size} orders, ${told.answers.size} keys, ${told.retries} retries; killed: ${JSON.stringify(damage)}\n`,
  )
  for (const problem of wrong) process.stdout.write(`wrong: ${problem}\n`)
  process.stdout.write(
    wrong.length === 0
      ? 'nothing was lost, and nothing doubled\n'
      : `${wrong.length} things are wrong; again: npm run test:chaos -- --seconds ${seconds} --seed ${seed}\n`,
  )
  return wrong.length === 0 ? 0 : 1
}

process.exitCode = await main()
