import type { ServerResponse } from 'node:http'

/** How long clients may take to read the last of an answer, in ms, and of how many bytes that are left. */
const WITHIN = 60_000
const FROM = 16_384
/** How much may be left of all answers together, in bytes. */
const MOST = 200_000_000

/**
 * Answers that clients do not read would be held in memory for good: each is given a minute, and where all of them are
 * too much, those that wait longest are given up.
 */
export class UnreadAnswers {
  /** With how much was left of each when it was written, the oldest first. */
  readonly #held = new Map<ServerResponse, number>()
  #bytes = 0

  /** Watches over an answer that was written. */
  watch(response: ServerResponse): void {
    // Of one that waits for another on its connection, too.
    const bytes = response.writableLength
    if (response.destroyed || bytes < FROM) return
    this.#held.set(response, bytes)
    this.#bytes += bytes
    const timer = setTimeout(() => response.req.socket.destroy(), WITHIN).unref()
    response.once('close', () => {
      clearTimeout(timer)
      this.#forget(response)
    })
    this.#makeRoom()
  }

  #makeRoom(): void {
    for (const [response] of this.#held) {
      if (this.#bytes <= MOST) return
      this.#forget(response)
      response.req.socket.destroy()
    }
  }

  #forget(response: ServerResponse): void {
    this.#bytes -= this.#held.get(response) ?? 0
    this.#held.delete(response)
  }
}
