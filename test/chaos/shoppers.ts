import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import { ADJUST, PLACE } from '../support/shop.ts'
import type { Random } from './random.ts'

/** What shoppers were told, to be compared with what is true. */
export interface Told {
  /** The first answer to each key: an order's id, or the kind of refusal. */
  answers: Map<string, string>
  /** Orders that were acknowledged. */
  orders: Set<string>
  /** Contradictions: two answers to one key, or an answer that nobody may get. */
  wrong: string[]
  retries: number
}

export interface Account {
  email: string
  password: string
}

const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInSuccess { tokens { accessToken } } } }`
const CANCEL = `mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename } }`
const SHIP = `mutation ($input: ShipOrderInput!) { shipOrder(input: $input) { __typename } }`
const AGAIN = new Set(['UNAVAILABLE', 'TIMEOUT'])

/** A client that tries again until it is answered, whatever is killed meanwhile: every operation of it has a key or can be repeated. */
export class Persistent {
  readonly #url: string
  readonly #account: Account
  readonly #told: Told
  #client: GraphClient | undefined

  constructor(url: string, account: Account, told: Told) {
    this.#url = url
    this.#account = account
    this.#told = told
  }

  // oxlint-disable-next-line typescript/no-explicit-any
  async send(query: string, input: object): Promise<any> {
    // Whatever is killed, somebody is there again at last.
    for (;;) {
      try {
        const client = (this.#client ??= await this.#signIn())
        const { status, data, errors } = await client.send(query, { input })
        if (errors.length === 0) return data
        if (status === 401) this.#client = undefined
        else if (!errors.every(({ extensions }) => AGAIN.has(extensions.code)))
          this.#told.wrong.push(`unforeseen: ${JSON.stringify(errors)}`)
      } catch {
        // The gateway is away, or was killed while it answered.
      }
      this.#told.retries++
      await sleep(50)
    }
  }

  /** @throws while nobody can sign in. */
  async #signIn(): Promise<GraphClient> {
    const { data } = await clientOf(this.#url).send(SIGN_IN, { input: this.#account })
    return clientOf(this.#url, { authorization: `Bearer ${data.signIn.tokens.accessToken}` })
  }
}

/** Buys, repeats and cancels at random until told to stop. */
export async function shop(
  name: string,
  client: Persistent,
  products: string[],
  random: Random,
  told: Told,
  isOver: () => boolean,
): Promise<void> {
  const placed: { key: string; lines: object[] }[] = []
  for (let count = 0; !isOver(); count++) {
    const isRepeat = placed.length > 0 && random.next() < 0.3
    const order = isRepeat ? random.pick(placed) : { key: `${name}-${count}`, lines: linesOf(products, random) }
    if (!isRepeat) placed.push(order)
    const { placeOrder } = await client.send(PLACE, { idempotencyKey: order.key, lines: order.lines })
    note(order.key, placeOrder.order?.id ?? placeOrder.__typename, told)
    const id = placeOrder.order?.id
    if (id && random.next() < 0.2) await client.send(CANCEL, { id })
  }
}

function linesOf(products: string[], random: Random): object[] {
  const chosen = new Set(Array.from({ length: random.between(1, 4) }, () => random.pick(products)))
  return [...chosen].map((productId) => ({ productId, quantity: random.between(1, 3) }))
}

function note(key: string, answer: string, told: Told): void {
  const first = told.answers.get(key)
  if (first !== undefined && !isDeepStrictEqual(first, answer))
    told.wrong.push(`${key} was told ${first}, and then ${answer}`)
  told.answers.set(key, first ?? answer)
  if (answer.startsWith('order_')) told.orders.add(answer)
}

/** Ships what can be shipped and fills the shelves, as the warehouse does. */
export async function keepWarehouse(
  client: Persistent,
  products: string[],
  random: Random,
  told: Told,
  isOver: () => boolean,
): Promise<void> {
  for (let count = 0; !isOver(); count++) {
    const adjusted = await client.send(ADJUST, {
      productId: random.pick(products),
      delta: random.between(1, 20),
      idempotencyKey: `shelf-${count}`,
    })
    if (adjusted.adjustStock.__typename !== 'AdjustStockSuccess')
      told.wrong.push(`a shelf was not filled: ${JSON.stringify(adjusted)}`)
    const orders = [...told.orders]
    if (orders.length > 0) await client.send(SHIP, { id: random.pick(orders) })
  }
}
