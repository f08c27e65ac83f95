import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startEmbeddedPostgres } from '../../platform/postgres/embedded/server.ts'
import { connect } from '../../platform/postgres/prepare.ts'
import { newFolder } from '../support/folder.ts'
import { startChild, type Child } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import { SIGN_IN } from '../support/people.ts'
import { canMount, onSmallDisk } from '../support/full-disk.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

/** How long the product may take to be as it was, on a busy machine, in ms. */
const RECOVERED = 20_000

const resources = new AsyncDisposableStack()
let dataDir: string
let postgres: Awaited<ReturnType<typeof startEmbeddedPostgres>>
let proxy: TcpProxy
let product: Child
let client: GraphClient

beforeAll(async () => {
  dataDir = await newFolder(resources)
  postgres = await startEmbeddedPostgres({ dataDir })
  resources.defer(() => postgres[Symbol.asyncDispose]())
  proxy = resources.use(await startTcpProxy(Number(new URL(postgres.url).port)))
  const url = new URL(postgres.url)
  url.port = String(proxy.port)
  const ports = { USERS_PORT: '0', TODOS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', PORT: '0' }
  const environment = { ...ports, DATABASE_URL: url.href, DATA_DIR: join(dataDir, 'keys'), LOG_LEVEL: 'silent' }
  product = resources.use(startChild(['start.ts'], environment))
  const graphql = await product.says(/GraphQL\s+(http:\S+)/)
  const input = { email: 'customer@example.com', password: 'correct horse battery staple' }
  const { signIn } = await clientOf(graphql).data(SIGN_IN, { input })
  client = clientOf(graphql, { authorization: `Bearer ${signIn.tokens.accessToken}` })
}, 60_000)
afterAll(() => resources.disposeAsync())

const READ =
  '{ viewer { username todos(first: 1) { totalCount } } orders: viewer { orders(first: 1) { nodes { id } } } }'
const WRITE = 'mutation { createTodo(input: { title: "kept" }) { __typename } }'

/** What clients see while the database fails: parts that are null, and when to try again. */
async function expectUnavailable(query: string, code = /^(UNAVAILABLE|TIMEOUT)$/): Promise<void> {
  const { status, errors } = await client.send(query)
  expect(status).toBe(200)
  expect(errors.length).toBeGreaterThan(0)
  for (const { message, extensions } of errors) {
    expect(extensions).toEqual({ code: expect.stringMatching(code), retryAfter: 1 })
    expect(message).not.toMatch(/postgres|sql|127\.0\.0\.1|relation|connection/i)
  }
}

/** The product is as it was, without a restart. */
async function expectRecovered(): Promise<void> {
  await eventually(async () => {
    await client.data(READ)
    await client.data(WRITE)
  }, RECOVERED)
  expect(product.process.exitCode).toBeNull()
}

/** Runs statements as the superuser. */
async function asSuperuser(...texts: string[]): Promise<void> {
  const server = await connect(postgres.url)
  for (const text of texts) await server.query(text)
  await server.end()
}

test('connections that are killed are replaced', async () => {
  await client.data(READ)
  await asSuperuser(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'supergraph%' and pid <> pg_backend_pid()`,
  )
  await expectRecovered()
})

test('a PostgreSQL that restarts is waited for', async () => {
  await postgres[Symbol.asyncDispose]()
  await expectUnavailable(READ)
  await expectUnavailable(WRITE)
  postgres = await startEmbeddedPostgres({ dataDir })
  proxy.aimAt(Number(new URL(postgres.url).port))
  await expectRecovered()
})

test('a PostgreSQL that is read-only is read, and not written', async () => {
  await asSuperuser('alter system set default_transaction_read_only = on', 'select pg_reload_conf()')
  await eventually(() => expectUnavailable(WRITE))
  await client.data(READ)
  await asSuperuser(
    'set default_transaction_read_only = off',
    'alter system reset default_transaction_read_only',
    'select pg_reload_conf()',
  )
  await expectRecovered()
})

test(`a disk that is full${canMount ? '' : ', as PostgreSQL tells of one,'} refuses what would be written, and loses nothing`, async () => {
  await using disk = await onSmallDisk('todos.todos', asSuperuser)
  const count = async () => (await client.data(READ)).viewer.todos.totalCount
  await disk.fill()
  let kept = await count()
  // There may be room for some in the pages that there are.
  while ((await client.send(WRITE)).errors.length === 0) kept++
  await expectUnavailable(WRITE, /^UNAVAILABLE$/)
  expect(await count()).toBe(kept)
  await disk.free()
  await expectRecovered()
  expect(await count()).toBe(kept + 1)
})

test('a pool that is exhausted refuses at once, and holds up no other subgraph', async () => {
  const ask = (at: number, first: number) =>
    client.send(`query ($first: Int) { a${at}: viewer { username todos(first: $first) { nodes { id } } } }`, { first })
  // They are known from here on, so that they are sent to the subgraph at once.
  await Promise.all(Array.from({ length: 15 }, (_, at) => ask(at, 50)))
  const blocker = await connect(postgres.url)
  await blocker.query('begin; lock table todos.todos in access exclusive mode')
  const codes: string[] = []
  const answers = await Promise.all(
    Array.from({ length: 15 }, async (_, at) => {
      const answer = await ask(at, at + 1)
      codes.push(answer.errors[0]?.extensions.code ?? '')
      return answer
    }),
  )
  // Who finds no connection is told first, while the others wait for the lock.
  expect(codes.filter((code) => code === 'UNAVAILABLE').length).toBeGreaterThanOrEqual(5)
  expect([codes[0], codes.at(-1)]).toEqual(['UNAVAILABLE', 'TIMEOUT'])
  for (const { data, errors } of answers) {
    expect(Object.values<{ username: string; todos: null }>(data)[0]).toMatchObject({
      username: expect.any(String),
      todos: null,
    })
    expect(errors).toMatchObject([{ extensions: { retryAfter: 1 } }])
  }
  await blocker.query('rollback')
  await blocker.end()
  await expectRecovered()
})
