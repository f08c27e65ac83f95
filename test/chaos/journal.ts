import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** An order that a shopper wants, under its key. */
export interface Wish {
  key: string
  lines: { productId: string; quantity: number }[]
}

/** One line of a shopper's journal: it is written before a request is sent, and when it was answered. */
export type Entry = { wish: Wish } | { key: string; answer: string } | { wrong: string } | { retries: number }

/**
 * What a shopper wanted and was told, in a file: the shopper can be killed at any time, and the next one goes on
 * where it was. A line that was cut short by the kill was never told to anybody.
 */
export class Journal {
  readonly #file: string
  readonly wishes: Wish[] = []
  /** The first answer to each key: an order's id, or the whole refusal. */
  readonly answers = new Map<string, string>()
  readonly wrong: string[] = []
  retries = 0

  constructor(file: string) {
    this.#file = file
    const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
    for (const line of lines) {
      const entry = parse(line)
      if (entry) this.#take(entry)
    }
  }

  write(entry: Entry): void {
    // A line of its own, even after one that was cut short.
    appendFileSync(this.#file, `\n${JSON.stringify(entry)}\n`)
    this.#take(entry)
  }

  /** Wishes that were sent, as far as anybody knows, and not answered. */
  unanswered(): Wish[] {
    return this.wishes.filter(({ key }) => !this.answers.has(key))
  }

  #take(entry: Entry): void {
    if ('wish' in entry) this.wishes.push(entry.wish)
    else if ('wrong' in entry) this.wrong.push(entry.wrong)
    else if ('retries' in entry) this.retries += entry.retries
    else this.#takeAnswer(entry.key, entry.answer)
  }

  #takeAnswer(key: string, answer: string): void {
    const first = this.answers.get(key)
    if (first === undefined) this.answers.set(key, answer)
    else if (first !== answer) this.wrong.push(`${key} was told ${first}, and then ${answer}`)
  }
}

function parse(line: string): Entry | null {
  try {
    return line ? JSON.parse(line) : null
  } catch {
    return null
  }
}
