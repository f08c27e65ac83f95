import { once } from 'node:events'
import { createServer } from 'node:net'

/** Below those that systems give to clients (Linux: from 32,768 on), one of which would take a port meanwhile. */
const FIRST = 12_000
const RANGE = 1_000
/** Each worker of the tests has a range of its own, and each process begins elsewhere in it. */
const base = FIRST + (Number(process.env.VITEST_POOL_ID ?? 0) % 20) * RANGE
let next = process.pid

/** A port that nobody listens on now, and that this process gives out once in a while only. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = base + (next++ % RANGE)
    const probe = createServer().listen(port, '127.0.0.1')
    try {
      await once(probe, 'listening')
    } catch {
      continue
    }
    probe.close()
    await once(probe, 'close')
    return port
  }
}
