import { Cancellation } from '../cancellation.ts'

/** A query that is under way, and how many wait for it. */
interface Shared<Answer> {
  answer: Promise<Answer>
  waiting: number
  /** How many have not taken the answer yet; whoever went away takes it too, and throws it away. */
  untaken: number
  cancellation: Cancellation
}

/** Lets equal queries that are under way at once share one request; it goes on while anybody waits for it. */
export class InFlight<Answer> {
  readonly #queries = new Map<string, Shared<Answer>>()
  readonly #copy: (answer: Answer) => Answer

  /** @param copy makes an answer for another of those who wait, since each does with it as they like */
  constructor(copy: (answer: Answer) => Answer) {
    this.#copy = copy
  }

  /** @param key all that the answer depends on: the viewer too. */
  async share(
    key: string,
    caller: Cancellation,
    ask: (cancellation: Cancellation) => Promise<Answer>,
  ): Promise<Answer> {
    const shared = this.#queries.get(key) ?? this.#begin(key, ask)
    shared.waiting++
    shared.untaken++
    const forget = caller.onCancel(() => {
      if (--shared.waiting > 0) return
      // Whoever comes from now on asks anew.
      if (this.#queries.get(key) === shared) this.#queries.delete(key)
      shared.cancellation.cancel()
    })
    try {
      const answer = await shared.answer
      // The last one needs no copy.
      return shared.untaken-- > 1 ? this.#copy(answer) : answer
    } finally {
      forget()
    }
  }

  #begin(key: string, ask: (cancellation: Cancellation) => Promise<Answer>): Shared<Answer> {
    const cancellation = new Cancellation()
    const answer = ask(cancellation).finally(() => {
      if (this.#queries.get(key) === shared) this.#queries.delete(key)
    })
    const shared: Shared<Answer> = { answer, waiting: 0, untaken: 0, cancellation }
    this.#queries.set(key, shared)
    return shared
  }
}
