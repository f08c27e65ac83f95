import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/** Stands before several processes of one part, as balancers do: new connections go to those that are ready. */
export interface Balancer extends AsyncDisposable {
  port: number
  /** Sends connections to a process on this port too, from when it is ready. */
  add: (port: number) => Promise<void>
}

/** How often it asks whether processes are ready, in ms. */
const ASKED_EVERY = 100

export async function startBalancer(): Promise<Balancer> {
  const ready = new Set<number>()
  const known = new Set<number>()
  const sockets = new Set<Socket>()
  let turn = 0
  const server = createServer((client) => {
    const ports = [...ready]
    const upstream = connect(ports[turn++ % ports.length] ?? 0, '127.0.0.1')
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from)
      from.pipe(to)
      from.on('error', () => to.destroy())
      from.on('close', () => sockets.delete(from))
    }
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const look = async (port: number) => {
    const isReady = await fetch(`http://127.0.0.1:${port}/ready`).then(
      ({ status }) => status === 200,
      () => false,
    )
    if (isReady) ready.add(port)
    else ready.delete(port)
    return isReady
  }
  // One after the other: an answer of before must not undo one of now.
  const asking = new AbortController()
  const looking = (async () => {
    while (!asking.signal.aborted) {
      await Promise.all([...known].map(look))
      await sleep(ASKED_EVERY)
    }
  })()
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    async add(port) {
      while (!(await look(port))) await sleep(ASKED_EVERY)
      known.add(port)
    },
    async [Symbol.asyncDispose]() {
      asking.abort()
      await looking
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}
