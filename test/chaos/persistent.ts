import { setTimeout as sleep } from 'node:timers/promises'
import { clientOf, type GraphClient } from '../support/graph-client.ts'

export interface Account {
  email: string
  password: string
}

const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { ... on SignInSuccess { tokens { accessToken } } } }`
/** Answers that nobody may get, after which a client gives up. */
const MOST_UNFORESEEN = 20

/** A client was answered again and again in a way that is wrong. */
export class Unforeseen extends Error {}

const AGAIN = new Set(['UNAVAILABLE', 'TIMEOUT'])

/** A client that tries again until it is answered, whatever is killed meanwhile: every operation of it can be repeated. */
export class Persistent {
  readonly #url: string
  readonly #account: Account
  #client: GraphClient | undefined
  /** Answers that nobody may get. */
  readonly wrong: string[] = []
  retries = 0

  constructor(url: string, account: Account) {
    this.#url = url
    this.#account = account
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
        else if (!errors.every(({ extensions }) => AGAIN.has(extensions.code))) this.#noteUnforeseen(errors)
      } catch (error) {
        if (error instanceof Unforeseen) throw error
        // The gateway is away, or was killed while it answered.
      }
      this.retries++
      await sleep(50)
    }
  }

  /** @throws Unforeseen when it has been so too often. */
  #noteUnforeseen(errors: unknown): void {
    this.wrong.push(`unforeseen: ${JSON.stringify(errors)}`)
    if (this.wrong.length >= MOST_UNFORESEEN) throw new Unforeseen(this.wrong.at(-1))
  }

  /** @throws while nobody can sign in. */
  async #signIn(): Promise<GraphClient> {
    const { data } = await clientOf(this.#url).send(SIGN_IN, { input: this.#account })
    return clientOf(this.#url, { authorization: `Bearer ${data.signIn.tokens.accessToken}` })
  }
}
