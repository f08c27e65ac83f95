import { log } from './log.ts'
import { StartError } from './start-error.ts'

/** What a stop may take, in ms from when it is asked for, before the process ends anyway. */
const STOP_LIMIT = 30_000

/**
 * Runs a process from start to stop: `start` pushes what it acquires onto `resources`; SIGINT and SIGTERM
 * release it in reverse, also when the start fails half way. A second signal, or 30 s, end the process anyway, also while
 * it starts.
 * Exit codes: 0 after a stop that was asked for, 1 after a failure.
 */
export async function runProcess(start: (resources: AsyncDisposableStack) => Promise<void>): Promise<void> {
  process.on('unhandledRejection', (error) => log.error({ err: error }, 'a promise was rejected and nobody listened'))
  const stopAsked = nextSignal()
  const resources = new AsyncDisposableStack()
  try {
    await start(resources)
    await stopAsked
  } catch (error) {
    report(error)
    process.exitCode = 1
    endAnyway()
  }
  await resources.disposeAsync().catch((error: unknown) => {
    report(error)
    process.exitCode = 1
  })
  process.exit()
}

/** Which signal asked this process to stop, once one has. */
export let stopSignal: NodeJS.Signals | undefined

/**
 * Signals within this time of the first one are not a second one, in ms: under npm, which passes on what a terminal sends
 * to this process too.
 */
const SAME_WISH = process.env.npm_command ? 1_000 : 0

function nextSignal(): Promise<void> {
  let askedAt = 0
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.on(signal, () => {
        if (stopSignal && Date.now() - askedAt >= SAME_WISH) process.exit(1)
        if (!stopSignal) endAnyway()
        askedAt ||= Date.now()
        stopSignal ??= signal
        resolve()
      })
    }
  })
}

/** Called when a stop begins: a start that hangs is no reason to go on. */
function endAnyway(): void {
  setTimeout(() => {
    log.error(`did not stop within ${STOP_LIMIT / 1000} s and was ended`)
    process.exit(1)
  }, STOP_LIMIT).unref()
}

function report(error: unknown): void {
  if (error instanceof StartError) process.stderr.write(`${error.message}\n`)
  else log.fatal({ err: error }, 'the process failed')
}
