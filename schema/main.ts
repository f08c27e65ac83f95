import { CannotRunError } from './check/cannot-run.ts'
import { check, type Report } from './check/check.ts'
import { optionsOf, type Format } from './check/options.ts'
import { forGitHub } from './check/report/github.ts'
import { forPrograms } from './check/report/json.ts'
import { forMarkdown } from './check/report/markdown.ts'
import { forPerson } from './check/report/person.ts'
import { compose, staleFiles, writeComposition } from './compose.ts'
import { CompositionError } from './files.ts'
import { inALine } from './problems.ts'

const writers: Record<Format, (report: Report) => string> = {
  person: forPerson,
  markdown: forMarkdown,
  json: forPrograms,
  github: forGitHub,
}

/** Commands, by their names; each gives the exit code. */
const commands: Record<string, (args: string[]) => Promise<number>> = {
  /** `npm run schema:compose` writes what composition makes. */
  async compose() {
    const composition = await compose()
    for (const hint of composition.hints) process.stdout.write(`hint: ${inALine(hint)}\n`)
    await writeComposition(composition)
    return 0
  },

  /** `npm run schema:current` tells whether what is committed is what composition makes. */
  async current() {
    const stale = await staleFiles(await compose())
    if (stale.length === 0) return 0
    process.stderr.write(
      `${stale.join(', ')}: not what the schema files compose to. Run npm run schema:compose, and commit the result.\n`,
    )
    return 1
  },

  /** `npm run schema:check`: 0 when it may be merged, 1 when not, 2 when that cannot be told. */
  async check(args) {
    const options = optionsOf(args, process.env)
    const report = await check(options)
    process.stdout.write(writers[options.format](report))
    return report.isMergeable ? 0 : 1
  },

  /** `npm run operations -- <folder>`: 0 when all are fine, 1 when one is wrong, 2 when there is no such folder. */
  async operations(args) {
    // What reads clients' code takes a third of the time of all else to load.
    const { prepareOperations } = await import('./clients/command.ts')
    return prepareOperations(args)
  },
}

try {
  const [name = '', ...args] = process.argv.slice(2)
  const command = commands[name]
  if (!command) throw new CannotRunError(`There is no command ${name}, but ${Object.keys(commands).join(', ')}.`)
  process.exitCode = await command(args)
} catch (error) {
  if (error instanceof CompositionError) {
    process.stderr.write(`${error.asText()}\n`)
    process.exitCode = 1
  } else if (error instanceof CannotRunError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } else {
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`)
    process.exitCode = 2
  }
}
