import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Starts work that nobody waits for. Its release tells it to end by the signal, and waits until it has.
 * @param work goes on until its signal is aborted, and handles its own errors
 */
export function inBackground(work: (signal: AbortSignal) => Promise<void>): AsyncDisposable {
  const stopping = new AbortController()
  const done = work(stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await done
    },
  }
}

/** Waits, until a signal is aborted at most. @param duration in ms */
export async function pause(duration: number, signal: AbortSignal): Promise<void> {
  await sleep(duration, undefined, { signal }).catch(() => undefined)
}
