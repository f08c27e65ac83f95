import { execFileSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const ROOT = join(import.meta.dirname, '../..')

/** What a command gave. */
export interface Ran {
  code: number
  output: string
}

/** The project as it is now, in a folder of its own with a Git history of one commit, on the branch `main`. */
export interface ProjectCopy extends AsyncDisposable {
  folder: string
  /** Runs `node <args>` in it. */
  run: (...args: string[]) => Ran
  /** Runs another program in it. */
  runProgram: (program: string, args: string[], environment?: NodeJS.ProcessEnv) => Ran
  /** Changes a file for some assertions, and puts it back. */
  changed: (file: string, from: string, to: string, assertions: () => void | Promise<void>) => Promise<void>
}

export async function copyProject(): Promise<ProjectCopy> {
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-copy-'))
  const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'pipe' })
  const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: ROOT, encoding: 'utf8' })
  for (const name of listed.trim().split('\n')) await cp(join(ROOT, name), join(folder, name)).catch(() => undefined)
  // What a team has released and accepted is its own.
  for (const own of ['operations', 'accepted-changes.json'])
    await rm(join(folder, 'schema', own), { recursive: true, force: true })
  await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
  git('init', '-q', '-b', 'main')
  await writeFile(join(folder, '.git/info/exclude'), 'node_modules\n')
  git('add', '-A')
  git('-c', 'user.name=Test', '-c', 'user.email=test@example.com', 'commit', '-q', '-m', 'as it is')

  function runProgram(program: string, args: string[], environment: NodeJS.ProcessEnv = {}): Ran {
    try {
      const env = { ...process.env, GITHUB_ACTIONS: '', USAGE_DATABASE_URL: '', ...environment }
      return { code: 0, output: execFileSync(program, args, { cwd: folder, env, encoding: 'utf8', stdio: 'pipe' }) }
    } catch (error) {
      if (!isExit(error)) throw error
      return { code: error.status, output: error.stdout + error.stderr }
    }
  }

  return {
    folder,
    run: (...args) => runProgram(process.execPath, args),
    runProgram,
    async changed(file, from, to, assertions) {
      const path = join(folder, file)
      const text = await readFile(path, 'utf8')
      if (!text.includes(from)) throw new Error(`${file} has no ${from}`)
      await writeFile(path, text.replace(from, to))
      try {
        await assertions()
      } finally {
        await writeFile(path, text)
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  }
}

function isExit(error: unknown): error is { status: number; stdout: string; stderr: string } {
  return typeof error === 'object' && error !== null && 'status' in error && typeof error.status === 'number'
}
