import type { Mode } from './common-settings.ts'
import { log } from './log.ts'

/** Says that a part is there: to whoever sits before it, or in production, where each line is JSON, to the log. */
export function announce(mode: Mode, text: string): void {
  if (mode === 'production') log.info(text)
  else process.stdout.write(`${text}\n`)
}
