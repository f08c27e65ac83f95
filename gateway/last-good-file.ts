import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { log } from '../platform/process/log.ts'
import { writeWhole } from '../platform/process/write-whole.ts'

/** The last good text of something that is read from elsewhere, kept for a start while that is away or broken. */
export class LastGoodFile {
  readonly #file: string
  readonly #firstLine: string

  /**
   * @param file its name in the folder
   * @param what it is, such as `supergraph`
   * @param origin where the text is read from: what was read elsewhere is not taken for it
   */
  constructor(dataDir: string, { file, what, origin }: { file: string; what: string; origin: string }) {
    this.#file = join(dataDir, file)
    this.#firstLine = `# The last good ${what} of ${JSON.stringify(origin)}\n`
  }

  get path(): string {
    return this.#file
  }

  /** Keeps a text. A disk that does not take it is told in the log. */
  async keep(text: string): Promise<void> {
    try {
      await writeWhole(this.#file, this.#firstLine + text)
    } catch (error) {
      log.warn({ err: error, file: this.#file }, 'what was read could not be kept for a start while its source is away')
    }
  }

  /**
   * The text that was kept; null where none of this origin was, or not lately enough.
   * @param longest how old it may be, in ms
   */
  async read(longest = Infinity): Promise<string | null> {
    try {
      const { mtimeMs } = await stat(this.#file)
      const kept = await readFile(this.#file, 'utf8')
      const isFine = Date.now() - mtimeMs < longest && kept.startsWith(this.#firstLine)
      return isFine ? kept.slice(this.#firstLine.length) : null
    } catch {
      return null
    }
  }
}
