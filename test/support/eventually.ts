import { setTimeout as sleep } from 'node:timers/promises'

/** Tries again until an assertion holds, for `limit` ms at most. */
export async function eventually(assertion: () => Promise<void>, limit = 10_000): Promise<void> {
  for (const end = Date.now() + limit; ; await sleep(20)) {
    try {
      return await assertion()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
