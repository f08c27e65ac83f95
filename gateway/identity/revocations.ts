import { z } from 'zod'
import { REVOCATIONS_PATH } from '../../platform/identity/access-tokens.ts'
import { inBackground, pause } from '../../platform/process/background.ts'
import { log } from '../../platform/process/log.ts'
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts'

/** How often the list is read, in ms: how long a session that ended through another gateway goes on here. */
const EVERY = 1_000

const listed = z.object({ sessions: z.array(z.string()) })

/** Who lists them. */
type Lister = Pick<SubgraphClient, 'get'>

/** The sessions that ended while access tokens of theirs are still valid. */
export class Revocations implements AsyncDisposable {
  readonly #users: () => Lister | undefined
  readonly #polling: AsyncDisposable
  #sessions: ReadonlySet<string> = new Set()
  /** The read that is under way, or was the last one. */
  #reading: Promise<void> = Promise.resolve()
  /** The one after it, which has not begun. */
  #next: Promise<void> | undefined
  #isRead = true

  /** @param users who lists them, which may be another after the supergraph has changed. */
  constructor(users: () => Lister | undefined) {
    this.#users = users
    this.#polling = inBackground((signal) => this.#poll(signal))
  }

  /** Whether a session has ended. */
  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId)
  }

  /**
   * Reads the list now: what ended before this call is known after it, unless users cannot be reached. Whoever asks
   * while it is read shares the read after that.
   */
  refresh(): Promise<void> {
    this.#next ??= this.#reading.then(() => {
      this.#next = undefined
      this.#reading = this.#read()
      return this.#reading
    })
    return this.#next
  }

  async #read(): Promise<void> {
    const users = this.#users()
    if (!users) return
    const answer = listed.safeParse(await users.get(REVOCATIONS_PATH).catch(() => null))
    this.#tell(answer.success)
    // While users is away nobody can end a session either; what was known stays known.
    if (answer.success) this.#sessions = new Set(answer.data.sessions)
  }

  /** Says once that the list cannot be read, and once that it can be again. */
  #tell(isRead: boolean): void {
    if (isRead === this.#isRead) return
    this.#isRead = isRead
    if (isRead) log.info('the list of ended sessions is read again')
    else log.warn('the list of ended sessions cannot be read: one that ends meanwhile goes on here')
  }

  async #poll(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.refresh()
      await pause(EVERY, signal)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#polling[Symbol.asyncDispose]()
  }
}
