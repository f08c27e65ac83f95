import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { compose } from './compose.ts'
import { CompositionError } from './files.ts'
import { inALine } from './problems.ts'
import { readFile } from 'node:fs/promises'

/** `npm run schema:compose` writes what composition makes; `npm run schema:check` only tells whether it is current. */
async function main(mode: string | undefined): Promise<number> {
  const { files, hints } = await compose()
  for (const hint of hints) process.stdout.write(`hint: ${inALine(hint)}\n`)
  const stale: string[] = []
  for (const [name, text] of Object.entries(files)) {
    const path = join(import.meta.dirname, name)
    if ((await readFile(path, 'utf8').catch(() => '')) === text) continue
    if (mode === 'check') stale.push(`schema/${name}`)
    else await writeFile(path, text)
  }
  if (stale.length === 0) return 0
  process.stderr.write(
    `${stale.join(', ')}: not what the schema files compose to. Run npm run schema:compose, and commit the result.\n`,
  )
  return 1
}

try {
  process.exitCode = await main(process.argv[2])
} catch (error) {
  if (!(error instanceof CompositionError)) throw error
  process.stderr.write(
    `The schema files do not compose:\n${error.problems.map((problem) => `- ${inALine(problem)}`).join('\n')}\n`,
  )
  process.exitCode = 1
}
