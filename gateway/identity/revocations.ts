import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { REVOCATIONS_PATH } from '../../platform/identity/access-tokens.ts'
import { log } from '../../platform/process/log.ts'
import type { SubgraphClient } from '../subgraphs/subgraph-client.ts'

/** How often the list is read, in ms: how long a session that ended through another gateway goes on here. */
const EVERY = 1_000

const listed = z.object({ sessions: z.array(z.string()) })

/** The sessions that ended while access tokens of theirs are still valid. */
export class Revocations implements AsyncDisposable {
  readonly #users: () => SubgraphClient | undefined
  readonly #stopping = new AbortController()
  readonly #polling: Promise<void>
  #sessions: ReadonlySet<string> = new Set()
  #asked = 0
  #answered = 0
  #isRead = true

  /** @param users who lists them, which may be another after the supergraph has changed. */
  constructor(users: () => SubgraphClient | undefined) {
    this.#users = users
    this.#polling = this.#poll()
  }

  /** Whether a session has ended. */
  has(sessionId: string): boolean {
    return this.#sessions.has(sessionId)
  }

  /** Reads the list now: what ended before this call is known after it, unless users cannot be reached. */
  async refresh(): Promise<void> {
    const question = ++this.#asked
    const users = this.#users()
    if (!users) return
    const answer = listed.safeParse(await users.get(REVOCATIONS_PATH).catch(() => null))
    this.#tell(answer.success)
    // While users is away nobody can end a session either; what was known stays known.
    // Nor does an answer count that was overtaken by a later one.
    if (!answer.success || question < this.#answered) return
    this.#answered = question
    this.#sessions = new Set(answer.data.sessions)
  }

  /** Says once that the list cannot be read, and once that it can be again. */
  #tell(isRead: boolean): void {
    if (isRead === this.#isRead) return
    this.#isRead = isRead
    if (isRead) log.info('the list of ended sessions is read again')
    else log.warn('the list of ended sessions cannot be read: one that ends meanwhile goes on here')
  }

  async #poll(): Promise<void> {
    while (!this.#stopping.signal.aborted) {
      await this.refresh()
      await sleep(EVERY, undefined, { signal: this.#stopping.signal }).catch(() => undefined)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    await this.#polling
  }
}
