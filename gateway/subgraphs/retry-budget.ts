/** What a call adds to the budget, and what it holds at most: a fifth of the calls, and some at once after a quiet time. */
const PER_CALL = 0.2
const MOST = 20

/**
 * How many calls may be repeated: a part of those that were made, so that repeating them cannot double the load of a
 * subgraph that fails from having too much of it (Google's "Site Reliability Engineering", chapter 21).
 */
export class RetryBudget {
  #left = MOST

  /** Counts a call. */
  earn(): void {
    this.#left = Math.min(MOST, this.#left + PER_CALL)
  }

  /** @returns whether a call may be repeated, which is then paid for. */
  spend(): boolean {
    if (this.#left < 1) return false
    this.#left--
    return true
  }
}
