import { setTimeout as sleep } from 'node:timers/promises'

/** Tries again until an assertion holds, and gives what it gives, for `limit` ms at most. */
export async function eventually<Result>(assertion: () => Promise<Result>, limit = 10_000): Promise<Result> {
  for (const end = Date.now() + limit; ; await sleep(20)) {
    try {
      return await assertion()
    } catch (error) {
      if (Date.now() > end) throw error
    }
  }
}
