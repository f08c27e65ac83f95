import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { UNHURRIED } from './bottomless.ts'
import { eventually } from './eventually.ts'

const ROOT = join(import.meta.dirname, '../..')

/** All that a process has of this one's environment. */
const INHERITED: NodeJS.ProcessEnv = { PATH: process.env.PATH, NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE }

/** A process of the product, as npm would start it. */
export interface Child extends AsyncDisposable {
  process: ChildProcess
  output: () => string
  errors: () => string
  /** Waits for a text on standard output, and gives what the pattern's first group matched. */
  says: (pattern: RegExp) => Promise<string>
  /** Sends a signal and waits for the end; gives the exit code. */
  end: (signal: NodeJS.Signals) => Promise<number | null>
  /** Waits for the end; gives the exit code. */
  ended: () => Promise<number | null>
}

/** Starts `node <args>` in the project's folder; its disposal kills it. */
export function startChild(
  args: string[],
  environment: NodeJS.ProcessEnv,
  options: { uid?: number; gid?: number; cwd?: string } = {},
): Child {
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...INHERITED, LOG_LEVEL: 'warn', ...UNHURRIED, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...options,
  })
  const texts = { out: '', err: '' }
  child.stdout.on('data', (chunk: Buffer) => void (texts.out += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => void (texts.err += chunk.toString()))
  const exited = once(child, 'close').then(() => child.exitCode)
  return {
    process: child,
    output: () => texts.out,
    errors: () => texts.err,
    ended: () => exited,
    async says(pattern) {
      let found: RegExpExecArray | null = null
      await eventually(async () => {
        found = pattern.exec(texts.out)
        if (!found) throw new Error(`the process did not say ${String(pattern)}: ${texts.out}${texts.err}`)
      }, 30_000)
      return found?.[1] ?? ''
    },
    async end(signal) {
      child.kill(signal)
      return exited
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
