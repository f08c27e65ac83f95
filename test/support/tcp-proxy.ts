import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'

/** Stands between a client and a server, and does to their connections what networks do. */
export interface TcpProxy extends AsyncDisposable {
  port: number
  /** Where new connections go from now on. */
  aimAt: (port: number) => void
  /** Cuts every connection that is open now. */
  cut: () => void
  /** Cuts the next connection whose server answers with these bytes, before the client gets them. */
  swallow: (answer: string) => void
  /** Lets answers take so much longer from now on, in ms. */
  delay: (duration: number) => void
}

export async function startTcpProxy(target: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>()
  const state = { target, swallowed: '', delay: 0 }
  const server = createServer((client) => {
    const upstream = createConnection(state.target, '127.0.0.1')
    const end = () => [client, upstream].forEach((socket) => socket.destroy())
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', end)
      socket.on('close', () => {
        sockets.delete(socket)
        end()
      })
    }
    client.pipe(upstream)
    upstream.on('data', (chunk: Buffer) => {
      if (!state.swallowed || !chunk.includes(state.swallowed))
        return void (state.delay > 0 ? setTimeout(() => client.write(chunk), state.delay) : client.write(chunk))
      state.swallowed = ''
      end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    aimAt: (port) => void (state.target = port),
    cut: () => sockets.forEach((socket) => socket.destroy()),
    swallow: (answer) => void (state.swallowed = answer),
    delay: (duration) => void (state.delay = duration),
    async [Symbol.asyncDispose]() {
      sockets.forEach((socket) => socket.destroy())
      server.close()
      await once(server, 'close')
    },
  }
}
