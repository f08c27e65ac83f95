import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { DeadlineError, HttpClient } from '../../gateway/subgraphs/http-client.ts'
import { startChild } from '../support/child.ts'
import { releasedAfterEach } from '../support/resources.ts'

const resources = releasedAfterEach()

/** A server that, while it is stopped, has no room for more than two connections: the system drops what comes then. */
const SMALL = String.raw`const server = require('net')
  .createServer((socket) => socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nback')))
  .listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log('port ' + server.address().port))`

/** Connects until three connections in a row are not answered any more. */
async function fill(port: number): Promise<void> {
  for (let unanswered = 0; unanswered < 3;) {
    const socket: Socket = connect(port, '127.0.0.1')
    resources.defer(() => void socket.destroy())
    socket.on('error', () => undefined)
    const isMade = await Promise.race([once(socket, 'connect').then(() => true), sleep(300).then(() => false)])
    unanswered = isMade ? 0 : unanswered + 1
  }
}

/** Longer than until the system asks for the fourth time, after 7 s; the next time is after 15 s. */
const AWAY = 8_000

test('a host that answered nothing at all is used within 5 s once it is back', async () => {
  const child = resources.use(startChild(['--eval', SMALL], {}))
  const port = Number(await child.says(/port (\d+)/))
  child.process.kill('SIGSTOP')
  await fill(port)
  const origin = new URL(`http://127.0.0.1:${port}`)
  const client = resources.use(new HttpClient({ origin, connections: 1, limits: { head: 1_000, body: 1_000 } }))
  const ask = (timeout: number) =>
    client.request({ method: 'GET', path: '/', headers: [], body: null, timeout, cancellation: null })
  await expect(ask(300)).rejects.toThrow(DeadlineError)
  await sleep(AWAY)
  child.process.kill('SIGCONT')
  expect(await ask(5_000)).toEqual({ status: 200, body: 'back' })
}, 30_000)
