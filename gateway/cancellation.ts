/** Tells those who work for a request that nobody waits any more: what AbortSignal does, at a fraction of its cost. */
export class Cancellation {
  #isCancelled = false
  readonly #listeners = new Set<() => void>()

  get isCancelled(): boolean {
    return this.#isCancelled
  }

  /** Calls `listener` once nobody waits, which may be now; gives what takes it back. */
  onCancel(listener: () => void): () => void {
    if (this.#isCancelled) listener()
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  cancel(): void {
    if (this.#isCancelled) return
    this.#isCancelled = true
    for (const listener of this.#listeners) listener()
  }
}
