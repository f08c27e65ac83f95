import { Pool } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Random } from '../chaos/random.ts'
import { newFolder } from '../support/folder.ts'
import { startChild, type Child } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SIGN_IN } from '../support/people.ts'
import { StrangeRequests, type Strange } from './requests.ts'

const REQUESTS = Number(process.env.FUZZ_REQUESTS ?? 10_000)
const SEED = Number(process.env.FUZZ_SEED ?? 1)
const AT_ONCE = 16
/**
 * What may be held more after as many other requests, in MB, which caches remember up to their bounds; and after some
 * were sent once more: what caches take of them, they have taken before.
 */
const MORE = { forOthers: 40, forTheSame: 8 }

const resources = new AsyncDisposableStack()
let child: Child
let origin: string
let token: string
beforeAll(async () => {
  const dataDir = await newFolder(resources)
  const ports = { USERS_PORT: '0', TODOS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', PORT: '0' }
  child = resources.use(
    startChild(['--expose-gc', '--import', './test/fuzz/tell-memory.ts', 'start.ts'], {
      ...ports,
      DATA_DIR: dataDir,
      LOG_LEVEL: 'silent',
      DRAIN_SECONDS: '0',
      OPERATIONS_MEMORY_MB: '10',
    }),
  )
  // Its PostgreSQL stops with it, and leaves the folder.
  resources.defer(async () => void (await child.end('SIGTERM')))
  const url = await child.says(/GraphQL\s+(http:\S+)/)
  const input = { email: 'customer@example.com', password: 'correct horse battery staple' }
  token = (await eventually(() => clientOf(url).data(SIGN_IN, { input }))).signIn.tokens.accessToken
  origin = new URL(url).origin.replace('localhost', '127.0.0.1')
})
afterAll(() => resources.disposeAsync())

/** What nobody outside may see. */
const INTERNAL = /node_modules|file:\/\/|\.ts:\d+|\bat \w+ \(|127\.0\.0\.1:\d|select .* from/i

/** Sends requests; gives those that were answered as none may be. */
async function send(
  pool: Pool,
  requests: StrangeRequests,
  count: number,
  tally: { answered: number },
): Promise<string[]> {
  const wrong: string[] = []
  let sent = 0
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (sent++ < count) {
        const request = requests.next()
        // Half of them come from somebody.
        if (sent % 2 === 0) request.headers.authorization ??= `Bearer ${token}`
        const told = await ask(pool, request, tally)
        if (told) wrong.push(`${told}: ${describe(request)}`)
      }
    }),
  )
  return wrong
}

async function ask(
  pool: Pool,
  { method, path, headers, body }: Strange,
  tally: { answered: number },
): Promise<string | null> {
  const { statusCode, headers: told, body: answer } = await pool.request({ method, path, headers, body })
  const text = await answer.text()
  if (statusCode >= 500 && statusCode !== 503) return `${statusCode} ${text.slice(0, 300)}`
  if (text.includes('INTERNAL_SERVER_ERROR')) return text.slice(0, 300)
  if (statusCode === 200 && text.includes('"data":{')) tally.answered++
  const isPage = String(told['content-type']).startsWith('text/html')
  return INTERNAL.test(text) && !isPage ? text.slice(0, 300) : null
}

const describe = ({ method, path, headers, body }: Strange) =>
  `${method} ${path} ${JSON.stringify(headers)} ${body?.toString('utf8').slice(0, 2_000) ?? ''}`

/** What the product holds once garbage is collected, in MB. */
async function memoryOf(): Promise<number> {
  const told = () => [...child.output().matchAll(/holds ([\d.]+) MB/g)]
  const before = told().length
  child.process.kill('SIGUSR2')
  await eventually(async () => expect(told().length).toBeGreaterThan(before))
  return Number(told().at(-1)?.[1])
}

test(`${REQUESTS} strange requests break nothing, show nothing, and leave nothing behind`, async () => {
  await using pool = Object.assign(new Pool(origin, { connections: AT_ONCE, pipelining: 1 }), {
    [Symbol.asyncDispose]: () => pool.close(),
  })
  const requests = await StrangeRequests.of(new Random(SEED))
  const tally = { answered: 0 }
  expect(await send(pool, requests, REQUESTS / 2, tally)).toEqual([])
  const half = await memoryOf()
  expect(await send(pool, requests, REQUESTS / 2, tally)).toEqual([])
  const all = await memoryOf()
  expect(all).toBeLessThan(half + MORE.forOthers)
  for (let round = 0; round < 2; round++)
    expect(await send(pool, await StrangeRequests.of(new Random(SEED)), REQUESTS / 5, tally)).toEqual([])
  expect(await memoryOf()).toBeLessThan(all + MORE.forTheSame)
  expect(child.process.exitCode).toBeNull()
  const { statusCode, body } = await pool.request({ method: 'GET', path: '/ready' })
  expect([statusCode, JSON.parse(await body.text()).status]).toEqual([200, 'ready'])
  // Not all of them may be refused, or nothing behind that was tried.
  expect(tally.answered).toBeGreaterThan(REQUESTS / 10)
}, 300_000)
