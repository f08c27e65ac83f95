import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type Socket } from 'node:net'
import { setImmediate, setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { Cancellation } from '../../gateway/cancellation.ts'
import {
  CancelledError,
  DeadlineError,
  HttpClient,
  UnansweredError,
  type HttpRequest,
} from '../../gateway/subgraphs/http-client.ts'
import { Random } from '../chaos/random.ts'
import { eventually } from '../support/eventually.ts'
import { releasedAfterEach } from '../support/resources.ts'

const LIMITS = { head: 1_000, body: 10_000 }
const REQUEST: HttpRequest = {
  method: 'POST',
  path: '/graphql',
  headers: [],
  body: '',
  timeout: 2_000,
  cancellation: null,
}
const resources = releasedAfterEach()

/** A server that does with each request on each connection what a test says. */
async function serve(onRequest: (socket: Socket, count: number) => unknown, connections = 8) {
  const sockets = new Set<Socket>()
  const state = { requests: 0, connections: 0, most: 0, closed: 0 }
  const server = createServer((socket) => {
    sockets.add(socket)
    state.connections++
    state.most = Math.max(state.most, sockets.size)
    socket.on('close', () => (state.closed++, sockets.delete(socket)))
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      const asked = bytes.toString().split('HTTP/1.1\r\n').length - 1
      for (let index = 0; index < asked; index++) onRequest(socket, ++state.requests)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  const origin = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  const client = resources.use(new HttpClient({ origin, connections, limits: LIMITS }))
  resources.defer(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  const ask = (options: { timeout?: number; cancellation?: Cancellation } = {}) =>
    client.request({ ...REQUEST, ...options })
  return { ask, state }
}

const answer = (body: string, headers = '') =>
  `HTTP/1.1 200 OK\r\n${headers}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

describe('answers', () => {
  const forms: Record<string, string> = {
    'of a told length': answer('{"data":"☃"}'),
    'in chunks':
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"dat\r\n8;x=y\r\na":"☃"\r\n1\r\n}\r\n0\r\ntrailer: x\r\n\r\n',
    'after an interim one': `HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n${answer('{"data":"☃"}')}`,
  }
  test.each(Object.entries(forms))('%s, however they are cut', async (_, text) => {
    const bytes = Buffer.from(text)
    const random = new Random(1)
    const { ask, state } = await serve(async (socket, count) => {
      socket.setNoDelay(true)
      for (let at = 0; at < bytes.length;) {
        const end = count === 1 ? at + 1 : at + random.between(1, 30)
        socket.write(bytes.subarray(at, end))
        await setImmediate()
        at = end
      }
    })
    for (let round = 0; round < 100; round++) expect(await ask()).toEqual({ status: 200, body: '{"data":"☃"}' })
    expect(state.connections).toBeLessThanOrEqual(2)
  })

  test('that end with the connection', async () => {
    const { ask, state } = await serve((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\n{"data":null}'))
    expect(await ask()).toEqual({ status: 200, body: '{"data":null}' })
    expect((await ask()).body).toBe('{"data":null}')
    expect(state.connections).toBe(2)
  })

  test('of a server of node:http, a thousand at once over few connections', async () => {
    let connections = 0
    const server = createHttpServer((request, response) => {
      request.resume().on('end', () => response.end(JSON.stringify({ data: request.headers['x-number'] })))
    }).listen(0, '127.0.0.1')
    server.on('connection', () => connections++)
    await once(server, 'listening')
    const address = server.address()
    const origin = new URL(`http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
    const client = resources.use(new HttpClient({ origin, connections: 5, limits: LIMITS }))
    resources.defer(() => void server.close())
    const bodies = await Promise.all(
      Array.from({ length: 1_000 }, async (_, number) => {
        return (await client.request({ ...REQUEST, headers: ['x-number', String(number)], timeout: 10_000 })).body
      }),
    )
    expect(bodies).toEqual(bodies.map((_, number) => `{"data":"${number}"}`))
    expect(connections).toBe(5)
  })
})

describe('answers that are refused, and end the connection', () => {
  const bad: Record<string, string> = {
    'what is no HTTP': 'SSH-2.0-OpenSSH\r\n\r\n',
    'a head that is too large': `HTTP/1.1 200 OK\r\nx: ${'y'.repeat(2_000)}\r\n\r\n`,
    'a head without end': `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(900)}`,
    'a told length that is too large': 'HTTP/1.1 200 OK\r\ncontent-length: 10001\r\n\r\n',
    'chunks that are too large together': `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${`400\r\n${'x'.repeat(1_024)}\r\n`.repeat(11)}`,
    'two lengths': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nxx',
    'a length and chunks': 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    'a length that is no number': 'HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n',
    'a chunk without a size': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n',
    'a chunk that is longer than its size': 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n',
    'a header without a name': 'HTTP/1.1 200 OK\r\n: x\r\n\r\n',
    'what is compressed': 'HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 0\r\n\r\n',
    'another protocol': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
  }
  test.each(Object.entries(bad))('%s', async (_, text) => {
    const { ask, state } = await serve((socket, count) => socket.write(count === 1 ? text : answer('fine')))
    await expect(ask()).rejects.toThrow(/./)
    await eventually(async () => expect(state.closed).toBe(1))
    expect((await ask()).body).toBe('fine')
  })

  test('words that nobody asked for', async () => {
    const { ask, state } = await serve((socket) => socket.write(answer('one') + answer('two')))
    // The second answer may come with the first, or after it; it is never taken for the answer to the next request.
    expect((await ask()).body).toBe('one')
    await sleep(20)
    expect((await ask()).body).toBe('one')
    expect(state.connections).toBe(2)
  })
})

describe('servers that are ill', () => {
  test('one that says nothing, or drips for ever, is given up at the deadline, and then asked anew', async () => {
    const { ask, state } = await serve((socket, count) => {
      if (count === 2) {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 9000\r\n\r\n')
        const drip = setInterval(() => socket.write('x'), 10)
        socket.on('close', () => clearInterval(drip))
      }
      if (count > 2) socket.write(answer('better'))
    })
    for (const [given] of ['silent', 'dripping'].entries()) {
      const begin = performance.now()
      await expect(ask({ timeout: 200 })).rejects.toThrow(DeadlineError)
      expect(performance.now() - begin).toBeGreaterThan(190)
      await eventually(async () => expect(state.closed).toBe(given + 1))
    }
    expect((await ask()).body).toBe('better')
  })

  test('a slow answer holds up no other', async () => {
    let waiting: Socket | undefined
    const { ask } = await serve((socket, count) => {
      if (count === 1) waiting = socket
      else socket.write(answer('fast'))
    })
    const slow = ask()
    await eventually(async () => expect(waiting).toBeDefined())
    expect((await ask()).body).toBe('fast')
    waiting?.write(answer('slow'))
    expect((await slow).body).toBe('slow')
  })

  test('one that cuts the connection in the middle of an answer is not asked again', async () => {
    const { ask, state } = await serve((socket) => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    await expect(ask()).rejects.toThrow(/./)
    expect(state.requests).toBe(1)
  })

  test('one that cuts the connection before it answers is told from one that cuts it afterwards', async () => {
    const { ask } = await serve((socket, count) => {
      if (count > 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf')
      setTimeout(() => socket.resetAndDestroy(), 20)
    })
    await expect(ask()).rejects.toThrow(UnansweredError)
    await expect(ask()).rejects.not.toThrow(UnansweredError)
  })

  test('nobody at the address fails at once', async () => {
    const client = resources.use(
      new HttpClient({ origin: new URL('http://127.0.0.1:1'), connections: 2, limits: LIMITS }),
    )
    const requests = Array.from({ length: 5 }, () => client.request({ ...REQUEST, timeout: 5_000 }))
    for (const outcome of await Promise.allSettled(requests))
      expect(outcome).toMatchObject({ reason: { cause: { code: 'ECONNREFUSED' } } })
  })
})

test('there are never more connections than allowed, and those who wait are served in turn', async () => {
  const { ask, state } = await serve(
    (socket, count) => void setTimeout(() => socket.write(answer(String(count))), 5),
    3,
  )
  const bodies = await Promise.all(Array.from({ length: 30 }, async () => (await ask()).body))
  expect(new Set(bodies).size).toBe(30)
  expect(state.most).toBe(3)
})

test('a request that nobody waits for any more ends, also while it waits for a connection', async () => {
  const { ask, state } = await serve(() => undefined, 1)
  const [sent, waiting] = [new Cancellation(), new Cancellation()]
  const first = ask({ cancellation: sent })
  const second = ask({ cancellation: waiting })
  await eventually(async () => expect(state.requests).toBe(1))
  waiting.cancel()
  await expect(second).rejects.toThrow(CancelledError)
  expect(state.closed).toBe(0)
  sent.cancel()
  await expect(first).rejects.toThrow(CancelledError)
  await eventually(async () => expect(state.closed).toBe(1))
})
