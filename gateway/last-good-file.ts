import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { log } from '../platform/process/log.ts'
import { writeWhole } from '../platform/process/write-whole.ts'

/** The last good text of something that is read from elsewhere, kept for a start while that is away or broken. */
export class LastGoodFile {
  readonly #file: string
  readonly #firstLine: string

  /** @param origin where the text is read from: what was read elsewhere is not taken for it */
  constructor(dataDir: string, name: string, origin: string) {
    this.#file = join(dataDir, name)
    this.#firstLine = `# The last that was good of ${JSON.stringify(origin)}\n`
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

  /** The text that was kept; null where none of this origin was. */
  async read(): Promise<string | null> {
    const kept = await readFile(this.#file, 'utf8').catch(() => '')
    return kept.startsWith(this.#firstLine) ? kept.slice(this.#firstLine.length) : null
  }
}
