/** Lists of more elements than this are put together in blocks of as many. */
export const LONG = 64

/** The JSON of a list, element by element. */
export class ShortList {
  #text = ''

  add(element: string): void {
    this.#text += this.#text === '' ? element : `,${element}`
  }

  get text(): string {
    return `[${this.#text}]`
  }
}

/**
 * The same for a long list. A text that grows piece by piece is a tree of its pieces, and the garbage collector walks
 * it each time: `join` makes one flat text of a block, and the pieces are gone.
 */
export class LongList {
  /** Whole blocks, with a comma after each. */
  #blocks = ''
  #block: string[] = []

  add(element: string): void {
    if (this.#block.length === LONG) {
      this.#blocks += `${this.#block.join()},`
      this.#block = []
    }
    this.#block.push(element)
  }

  get text(): string {
    return `[${this.#blocks}${this.#block.join()}]`
  }
}
