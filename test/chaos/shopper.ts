import { PLACE } from '../support/shop.ts'
import { Journal, type Wish } from './journal.ts'
import { Persistent, Unforeseen, type Account } from './persistent.ts'
import { Random } from './random.ts'

/** What a shopper is told, as JSON in its only argument. */
export interface ShopperSettings {
  name: string
  graphql: string
  account: Account
  journal: string
  products: string[]
  seed: number
  /** When to buy no more, in ms since 1970. */
  end: number
}

const CANCEL = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename } }`

/** Buys, repeats and cancels at random, as a process that can be killed: the next one goes on where it was. */
async function shop(settings: ShopperSettings): Promise<void> {
  const journal = new Journal(settings.journal)
  const client = new Persistent(settings.graphql, settings.account)
  const random = new Random(settings.seed + journal.wishes.length)
  for (const wish of journal.unanswered()) await buy(wish, client, journal)
  while (Date.now() < settings.end) {
    const isRepeat = journal.wishes.length > 0 && random.next() < 0.3
    const wish = isRepeat ? random.pick(journal.wishes) : newWish(settings, journal, random)
    const id = await buy(wish, client, journal)
    if (id.startsWith('order_') && random.next() < 0.2) await client.send(CANCEL, { id })
  }
}

function newWish({ name, products }: ShopperSettings, journal: Journal, random: Random): Wish {
  const chosen = new Set(Array.from({ length: random.between(1, 4) }, () => random.pick(products)))
  const lines = [...chosen].map((productId) => ({ productId, quantity: random.between(1, 3) }))
  const wish = { key: `${name}-${journal.wishes.length}`, lines }
  journal.write({ wish })
  return wish
}

/** Places an order and notes what was told; gives its id, or the whole refusal. */
async function buy({ key, lines }: Wish, client: Persistent, journal: Journal): Promise<string> {
  const { placeOrder } = await client.send(PLACE, { idempotencyKey: key, lines })
  const answer: string = placeOrder.order?.id ?? JSON.stringify(placeOrder)
  journal.write({ key, answer })
  for (const wrong of client.wrong.splice(0)) journal.write({ wrong })
  if (client.retries > 0) journal.write({ retries: client.retries })
  client.retries = 0
  return answer
}

const settings: ShopperSettings = JSON.parse(process.argv[2] ?? '')
try {
  await shop(settings)
} catch (error) {
  if (!(error instanceof Unforeseen)) throw error
  new Journal(settings.journal).write({ wrong: error.message })
}
