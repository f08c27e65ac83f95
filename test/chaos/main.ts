import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { connect } from '../../platform/postgres/prepare.ts'
import { checkBooks } from './books.ts'
import { sendShopper, signUp } from './crowd.ts'
import { doomOf } from './doom.ts'
import { Damage, wreakHavoc } from './havoc.ts'
import type { Journal } from './journal.ts'
import { Persistent, type Account } from './persistent.ts'
import { Random } from './random.ts'
import { createProducts, keepWarehouse } from './warehouse.ts'
import { count, readOptions } from '../support/tool-options.ts'
import { startWorld, type World } from './world.ts'

/**
 * Real clients on real processes, all of which are killed all the while; then the books are checked:
 * `npm run test:chaos -- --seconds 60 --seed 1 --bus rabbitmq`.
 */
const { seconds, seed, bus } = readOptions(
  'npm run test:chaos -- --seconds <number> --seed <number> --bus <rabbitmq|in-process>',
  {
    seconds: count(60),
    seed: count((Date.now() % 1_000_000) + 1),
    bus: z.enum(['rabbitmq', 'in-process']).default('rabbitmq'),
  },
)
const SHOPPERS = 5
const PRODUCTS = 12

/** Everybody's accounts, and products that orders knows of. */
async function setUp(world: World) {
  const account = await signUp(world, 'administrator')
  const database = await connect(world.databaseUrl)
  await database.query(`update users.accounts set role = 'ADMIN'`)
  const admin = new Persistent(world.graphql, account)
  const products = await createProducts(admin, PRODUCTS)
  while ((await database.query('select from orders.products')).rowCount !== PRODUCTS) await sleep(50)
  await database.end()
  const accounts: Account[] = []
  for (let index = 0; index < SHOPPERS; index++) accounts.push(await signUp(world, `shopper_${index}`))
  return { admin, products, accounts }
}

/** Shops, fills shelves and breaks things for a while. @returns what shoppers were told, and what was wrong at once */
async function live(world: World, seed: number, duration: number, damage: Damage) {
  const { admin, products, accounts } = await setUp(world)
  world.doom()
  const end = Date.now() + duration
  const files = accounts.map((_, index) => join(world.dataDir, `shopper_${index}`))
  const shoppers = accounts.map(async (account, index) => {
    const journal = join(world.dataDir, `shopper_${index}`)
    const settings = {
      name: `shopper_${index}`,
      graphql: world.graphql,
      account,
      journal,
      products,
      seed: seed + index,
      end,
    }
    return sendShopper(settings, new Random(seed + index), (how) => damage.note(`a client, ${how}`))
  })
  const random = new Random(seed + 100)
  const ordersOfOne = async () =>
    (await readFile(random.pick(files), 'utf8').catch(() => '')).match(/order_\w{26}/g) ?? []
  const warehouse = keepWarehouse(admin, products, random, ordersOfOne, () => Date.now() > end)
  await wreakHavoc(world, new Random(seed), duration, damage)
  const journals = await Promise.all(shoppers)
  const filled = await warehouse
  return { journals, filled, wrong: [...admin.wrong, ...journals.flatMap(({ wrong }) => wrong)] }
}

function report(journals: Journal[], acknowledged: Set<string>, damage: Damage): void {
  const sum = (count: (journal: Journal) => number) => journals.reduce((total, journal) => total + count(journal), 0)
  const refused = sum(({ answers }) => answers.size) - acknowledged.size
  process.stdout.write(
    `${acknowledged.size} orders and ${refused} refusals, ${sum(({ retries }) => retries)} retries; broken:\n${String(damage)}`,
  )
}

async function main(): Promise<number> {
  const again = `npm run test:chaos -- --seconds ${seconds} --seed ${seed} --bus ${bus}`
  process.stdout.write(`chaos for ${seconds} s with the seed ${seed} and the bus ${bus}\n`)
  const [damage, dooms] = [new Damage(), new Random(seed + 1_000)]
  await using world = await startWorld({
    hasBroker: bus === 'rabbitmq',
    nextDoom: (part) => doomOf(part, dooms),
    onDeath: (part, how) => damage.note(`${part}, ${how}`),
  })
  const { journals, filled, wrong } = await live(world, seed, seconds * 1_000, damage)
  world.calm()
  const acknowledged = new Set(
    journals.flatMap(({ answers }) => [...answers.values()].filter((answer) => answer.startsWith('order_'))),
  )
  wrong.push(...(await checkBooks(world, acknowledged, filled)))
  report(journals, acknowledged, damage)
  for (const problem of wrong) process.stdout.write(`wrong: ${problem}\n`)
  process.stdout.write(
    wrong.length === 0
      ? 'nothing was lost, and nothing doubled\n'
      : `${wrong.length} things are wrong; again: ${again}\n`,
  )
  return wrong.length === 0 ? 0 : 1
}

process.exitCode = await main()
