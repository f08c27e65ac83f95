import { cacheAnswers, type CacheEvent } from '../../platform/observe.ts'
import { log } from '../../platform/process/log.ts'

/** How often what was counted is logged, in ms. */
const LOGGED_EVERY = 60_000

/** How often each thing happened, by subgraph and type or root field; invalidations by what they are about. */
export type Counts = Record<string, Record<string, number>>

/** Counts what the cache does in this process, and logs it once a minute. */
export class CacheCounters implements Disposable {
  #counts: Counts = {}
  #hasNews = false
  readonly #listener = (message: unknown) => this.#count(message)
  readonly #timer = setInterval(() => this.#log(), LOGGED_EVERY).unref()

  constructor() {
    cacheAnswers.subscribe(this.#listener)
  }

  /** What was counted since the start. */
  get counts(): Counts {
    return this.#counts
  }

  #count(message: unknown): void {
    if (!isCacheEvent(message)) return
    const subject =
      message.outcome === 'invalidated' ? kindOf(message.subject) : `${message.subgraph} ${message.subject}`
    const counts = (this.#counts[subject] ??= {})
    counts[message.outcome] = (counts[message.outcome] ?? 0) + 1
    this.#hasNews = true
  }

  #log(): void {
    if (this.#hasNews) log.info({ cache: this.#counts }, 'what the cache did since the start')
    this.#hasNews = false
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    cacheAnswers.unsubscribe(this.#listener)
  }
}

/** `user:user_…:todos` is counted as `user:todos`: there are as many tags as objects. */
const kindOf = (tag: string) => tag.replace(/:\w+_[0-9a-z]{26}/g, '')

function isCacheEvent(message: unknown): message is CacheEvent {
  return typeof message === 'object' && message !== null && 'outcome' in message
}
