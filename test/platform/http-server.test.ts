import { once } from 'node:events'
import { connect } from 'node:net'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { readBody } from '../../platform/http/requests.ts'
import { listen, type Handler } from '../../platform/http/server.ts'
import { eventually } from '../support/eventually.ts'
import { releasedAfterEach } from '../support/resources.ts'

const resources = releasedAfterEach()
afterEach(() => void vi.useRealTimers())

/** More than fits between two sockets. */
const LONG = 32_000_000

const serve = (handle: Handler) =>
  listen(handle, {
    name: 'a server',
    host: '127.0.0.1',
    port: 0,
    portVariable: 'PORT',
    drainSeconds: 0,
    isReady: async () => true,
  })

/** A server that sends a long answer, and a client that does not read. */
async function start() {
  const server = resources.use(await serve((_, response) => void response.end('x'.repeat(LONG))))
  const client = connect(server.port, '127.0.0.1').pause()
  const received = { bytes: 0 }
  client.on('data', (bytes: Buffer) => void (received.bytes += bytes.length))
  client.on('error', () => undefined)
  const closed = new Promise((resolve) => void client.once('close', resolve))
  client.write('GET /long HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n')
  return { client, received, closed }
}

/** Lets what was begun arrive. */
async function settle(): Promise<void> {
  for (let count = 0; count < 2_000; count++) await setImmediate()
}

test('a client that does not read an answer is cut off after a minute', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { client, received, closed } = await start()
  await settle()
  vi.advanceTimersByTime(59_000)
  await settle()
  // Whatever else it sends meanwhile.
  client.write('\r\n')
  vi.advanceTimersByTime(2_000)
  client.resume()
  await closed
  expect(received.bytes).toBeGreaterThan(0)
  expect(received.bytes).toBeLessThan(LONG)
})

test('one that reads it in time gets all of it', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const { client, received, closed } = await start()
  await settle()
  vi.advanceTimersByTime(59_000)
  client.resume()
  await closed
  vi.advanceTimersByTime(2_000)
  expect(received.bytes).toBeGreaterThan(LONG)
})

test('of answers that nobody reads those that wait longest are given up, also of requests that were sent at once', async () => {
  const body = 'x'.repeat(4_000_000)
  const server = resources.use(await serve((_, response) => void response.end(body)))
  const clients = Array.from({ length: 4 }, () => connect(server.port, '127.0.0.1').pause())
  const closed: number[] = []
  for (const [at, client] of clients.entries()) {
    resources.defer(() => void client.destroy())
    client.on('error', () => undefined)
    client.on('close', () => closed.push(at))
    client.write('GET /long HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(20))
    await sleep(200)
  }
  for (const client of clients) client.resume()
  // 80 MB each: two of them, and not three, are kept.
  await eventually(async () => expect(closed.toSorted()).toEqual([0, 1]))
})

test.concurrent.each([
  ['nothing', ''],
  ['half a head', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\n'],
  ['half a body', 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-length: 10\r\n\r\nhalf'],
  ['half a head after a request', 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\nGET / HTTP/1.1\r\nhost'],
])(
  'a server ends although a client sends %s and no more, and what was begun is answered',
  async (_, text) => {
    const server = await serve(async (request, response) => {
      const isSlow = request.url === '/slow'
      if (isSlow) await sleep(6_000)
      response.end(await readBody(request, 100))
    })
    const client = connect(server.port, '127.0.0.1')
    const closed = once(client, 'close')
    client.on('error', () => undefined).resume()
    client.write(text)
    const slow = fetch(`http://127.0.0.1:${server.port}/slow`, { method: 'POST', body: 'answered' })
    await sleep(200)
    await server[Symbol.asyncDispose]()
    await closed
    expect(await (await slow).text()).toBe('answered')
  },
  20_000,
)
