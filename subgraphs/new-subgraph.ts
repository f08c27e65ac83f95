import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { runCommand } from '../platform/process/run-command.ts'
import { StartError } from '../platform/process/start-error.ts'
import { subgraphs } from '../schema/subgraphs.ts'
import { editsFor } from './template/edits.ts'
import { filesFor } from './template/files.ts'
import { pathsOf, refuseTaken, wordsOf } from './template/words.ts'

/** Writes a subgraph in the shape of the others, and makes it known: `npm run new:subgraph reviews`. */
await runCommand(async ([name, ...more]) => {
  if (!name || more.length > 0) throw new StartError('Give one name, such as: npm run new:subgraph reviews')
  const words = wordsOf(name)
  await refuseTaken(name, words)
  const port = Math.max(...subgraphs.map((each) => each.port)) + 1
  const edits = await editsFor(words, port)
  const files = await filesFor(words)
  try {
    for (const [file, text] of [...files, ...edits]) await write(file, text.after)
    await run('node', 'schema/main.ts', 'compose')
    await run('graphql-codegen', '--config', 'codegen.ts', '--silent')
    await run('oxfmt', '.')
  } catch (error) {
    const reason = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    for (const path of pathsOf(name)) await rm(path, { recursive: true, force: true })
    for (const [file, text] of edits) await write(file, text.before)
    await run('node', 'schema/main.ts', 'compose')
    throw new StartError(`${name} could not be added, and nothing is left of it: ${reason}`, { cause: error })
  }
  process.stdout.write(`${[...files.keys(), ...edits.keys()].join('\n')}\n
${name} is there, on port ${port}. Try it: npx vitest run test/${name}, npm start.
Change its schema in schema/${name}.graphql; npm run dev shows what you save. In production it needs a key:
npm run --silent keys -- ${name} >> .env\n`)
})

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true })
  await writeFile(file, text)
}

async function run(command: string, ...args: string[]): Promise<void> {
  const path = `${join('node_modules', '.bin')}:${process.env.PATH ?? ''}`
  await promisify(execFile)(command, args, { env: { ...process.env, PATH: path } })
}
