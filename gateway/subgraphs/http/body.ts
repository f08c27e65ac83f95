/** The least room that is made for a body that comes in pieces, in bytes. */
const SMALLEST = 16_384

/**
 * A body as it comes, in pieces that are copied: they belong to whoever reads the socket. Its room doubles when it is
 * full, so that a body of many small chunks costs no more than the same in one.
 */
export class Body {
  #room: Buffer | null = null
  /** Bytes that have come. */
  size = 0

  /** @param expected bytes that are known to come, with these. */
  append(bytes: Buffer, expected: number): void {
    const size = this.size + bytes.length
    if (!this.#room || this.#room.length < size) {
      const room = Buffer.allocUnsafeSlow(Math.max(SMALLEST, expected, (this.#room?.length ?? 0) * 2))
      this.#room?.copy(room, 0, 0, this.size)
      this.#room = room
    }
    bytes.copy(this.#room, this.size)
    this.size = size
  }

  /** Gives the text and is empty again. @param last the piece that completes it, which needs no copy if it is all. */
  finish(last: Buffer): string {
    if (this.size === 0) return last.toString('utf8')
    this.append(last, this.size + last.length)
    const text = this.#room?.toString('utf8', 0, this.size) ?? ''
    this.#room = null
    this.size = 0
    return text
  }
}
