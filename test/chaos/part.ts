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
    void this.#startAgainAfter(child)
    return child
  }

  async #startAgainAfter(child: Child): Promise<void> {
    await child.ended()
    if (this.#isOver) return
    this.#settings.onDeath(causeOf(child))
    this.#child = this.#start()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true
    await this.#child[Symbol.asyncDispose]()
  }
}

/** How a process died: where it was to, at random, or by itself. */
function causeOf(child: Child): string {
  const words = child.errors() + child.output()
  if (child.process.signalCode === 'SIGKILL') return /^died (.+)$/m.exec(child.errors())?.[1] ?? 'at random'
  const isDatabase = words.includes('PostgreSQL') || words.includes('UnavailableError')
  return `by itself: ${isDatabase ? 'its database was away' : words}`
}
