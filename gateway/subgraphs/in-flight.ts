import { Cancellation } from '../cancellation.ts'

/** A query that is under way, and how many wait for it. */
interface Shared {
  answer: Promise<string>
  waiting: number
  cancellation: Cancellation
}

/** Lets equal queries that are under way at once share one request; it goes on while anybody waits for it. */
export class InFlight {
  readonly #queries = new Map<string, Shared>()

  /** @param key all that the answer depends on: the viewer too. */
  async share(
    key: string,
    caller: Cancellation,
    ask: (cancellation: Cancellation) => Promise<string>,
  ): Promise<string> {
    const shared = this.#queries.get(key) ?? this.#begin(key, ask)
    shared.waiting++
    const forget = caller.onCancel(() => {
      if (--shared.waiting > 0) return
      // Whoever comes from now on asks anew.
      if (this.#queries.get(key) === shared) this.#queries.delete(key)
      shared.cancellation.cancel()
    })
    try {
      return await shared.answer
    } finally {
      forget()
    }
  }

  #begin(key: string, ask: (cancellation: Cancellation) => Promise<string>): Shared {
    const cancellation = new Cancellation()
    const answer = ask(cancellation).finally(() => {
      if (this.#queries.get(key) === shared) this.#queries.delete(key)
    })
    const shared: Shared = { answer, waiting: 0, cancellation }
    this.#queries.set(key, shared)
    return shared
  }
}
