import { join } from 'node:path'
import { startChild, type Child } from '../support/child.ts'
import type { Doom } from './doom.ts'

const PRELOAD = ['--import', join(import.meta.dirname, 'die-at.ts')]

/** What a part is, and what is to be done about its end. */
export interface PartSettings {
  name: string
  /** What follows `node`. */
  command: string[]
  environment: NodeJS.ProcessEnv
  /** Where the next process of it is to die; null for nowhere. */
  nextDoom: () => Doom | null
  /** Is told how it died. */
  onDeath: (how: string) => void
}

/** A process that is started again whenever it dies. */
export class Part implements AsyncDisposable {
  readonly #settings: PartSettings
  #child: Child
  #isOver = false

  constructor(settings: PartSettings) {
    this.#settings = settings
    this.#child = this.#start()
  }

  /** Waits until the process says that it runs. */
  async runs(): Promise<void> {
    await this.#child.says(/carries events|listens on/)
  }

  /** Kills it, wherever it is. */
  kill(): void {
    this.#child.process.kill('SIGKILL')
  }

  #start(): Child {
    const { command, environment, nextDoom } = this.#settings
    const doom = nextDoom()
    const child = startChild([...(doom ? PRELOAD : []), ...command], {
      ...environment,
      ...(doom && { DIE_AT: JSON.stringify(doom) }),
    })
    void this.#startAgainAfter(child, doom)
    return child
  }

  async #startAgainAfter(child: Child, doom: Doom | null): Promise<void> {
    await child.ended()
    if (this.#isOver) return
    const isKilled = child.process.signalCode === 'SIGKILL'
    this.#settings.onDeath(isKilled ? (doom?.point ?? 'at random') : `by itself: ${lastWords(child)}`)
    this.#child = this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#child[Symbol.asyncDispose]()
  }
}

/** Why a process ended by itself, without what differs from time to time. */
function lastWords(child: Child): string {
  const words = child.errors() + child.output()
  return words.includes('PostgreSQL') || words.includes('UnavailableError') ? 'its database was away' : words
}
