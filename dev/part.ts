import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { StartError } from '../platform/process/start-error.ts'

/** How long a process that was replaced goes on, in ms: longer than an operation that knows its address may take. */
const RETIRED = 11_000

/** How long a process may take to become ready, in ms. */
const PATIENCE = 20_000

/** A process from source that is replaced when its source changes; the one before goes on until the next is ready. */
export class Part implements AsyncDisposable {
  readonly #args: string[]
  readonly #environment: NodeJS.ProcessEnv
  readonly #isReady: RegExp
  readonly #stopping = new AbortController()
  readonly #retiring = new Set<Promise<void>>()
  readonly #starting = new Set<ChildProcess>()
  #current: ChildProcess | undefined
  /** What the pattern's first group found when the process became ready. */
  said = ''

  /** @param isReady what it says on standard output when it is ready */
  constructor(args: string[], environment: NodeJS.ProcessEnv, isReady: RegExp) {
    this.#args = args
    this.#environment = environment
    this.#isReady = isReady
  }

  /** Starts it, in the place of the one before. @throws StartError when it ends before it is ready; that one stays. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, this.#args, {
      cwd: join(import.meta.dirname, '..'),
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#starting.add(child)
    try {
      this.said = await this.#ready(child)
    } catch (error) {
      child.kill('SIGKILL')
      throw error
    } finally {
      this.#starting.delete(child)
    }
    const before = this.#current
    this.#current = child
    if (before) this.#retire(before)
  }

  async #ready(child: ChildProcess): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>()
    let text = ''
    child.stdout?.on('data', (chunk: Buffer) => {
      process.stdout.write(chunk)
      if (text.length < 10_000) text += chunk.toString()
      const found = this.#isReady.exec(text)
      if (found) resolve(found[1] ?? '')
    })
    const name = `node ${this.#args.join(' ')}`
    child.once('exit', () => reject(new StartError(`${name} ended before it was ready.`)))
    const timer = setTimeout(() => reject(new StartError(`${name} was not ready in time.`)), PATIENCE)
    return promise.finally(() => clearTimeout(timer))
  }

  #retire(child: ChildProcess): void {
    const retired = sleep(RETIRED, undefined, { signal: this.#stopping.signal })
      .catch(() => undefined)
      .then(() => end(child))
      .finally(() => this.#retiring.delete(retired))
    this.#retiring.add(retired)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping.abort()
    for (const child of this.#starting) child.kill('SIGKILL')
    await Promise.all([...this.#retiring, this.#current && end(this.#current)])
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  await exited
}
