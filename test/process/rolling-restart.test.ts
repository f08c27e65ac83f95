import { Pool } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newHmacKey, newSigningKey } from '../../platform/identity/keys.ts'
import { createPassportOffice, PASSPORT_HEADER } from '../../platform/identity/passport.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { newFolder } from '../support/folder.ts'
import { startBalancer, type Balancer } from '../support/balancer.ts'
import { startChild, type Child } from '../support/child.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SIGN_IN, SIGN_UP } from '../support/people.ts'

const LEAST = 10_000
const [OLD, NEW] = [newHmacKey(), newHmacKey()]
const AT_ONCE = 16
const EMAIL = 'rolling@example.com'
const PASSWORD = 'some secret words'
const [oldKey, newKey] = [await newSigningKey(), await newSigningKey()]
const NAMES = subgraphs.map(({ name }) => name)
const LISTENS = /listens on http:\/\/[\d.]+:(\d+)\/graphql/

const resources = new AsyncDisposableStack()
/** The process of each part that serves now, and the balancer before it; the worker has none. */
const parts = new Map<string, Child>()
const balancers = new Map<string, Balancer>()
let environment: NodeJS.ProcessEnv
let graphql: string
let token: string

const commandOf = (name: string) => {
  if (name === 'gateway') return ['gateway/main.ts']
  return name === 'worker' ? ['subgraphs/worker.ts'] : ['subgraphs/main.ts', name]
}

/** Starts a process of a part, and lets it take its share. */
async function start(name: string): Promise<Child> {
  const child = resources.use(startChild(commandOf(name), environment))
  await balancers.get(name)?.add(Number(await child.says(LISTENS)))
  return child
}

beforeAll(async () => {
  const database = resources.use(await createDatabase())
  const dataDir = await newFolder(resources)
  const settings = { DATABASE_URL: database.url, DATA_DIR: dataDir, DRAIN_SECONDS: '3', PORT: '0' }
  // A gateway that has just started may not take itself to be overloaded: its limit is the product's.
  environment = { ...settings, MAX_LOOP_DELAY_MS: undefined }
  setSigningKeys(oldKey)
  for (const name of [...NAMES, 'gateway']) {
    const balancer = resources.use(await startBalancer())
    balancers.set(name, balancer)
    const prefix = variablePrefix(name)
    const address = `http://127.0.0.1:${balancer.port}/graphql`
    Object.assign(environment, {
      [`${prefix}_PASSPORT_KEYS`]: OLD,
      [`${prefix}_PORT`]: '0',
      [`${prefix}_URL`]: address,
    })
  }
  for (const name of [...NAMES, 'worker', 'gateway']) parts.set(name, await start(name))
  graphql = `http://127.0.0.1:${balancers.get('gateway')?.port}/graphql`
  const input = { email: EMAIL, username: 'rolling', password: PASSWORD }
  token = (await clientOf(graphql).data(SIGN_UP, { input })).signUp.tokens.accessToken
}, 120_000)
afterAll(() => resources.disposeAsync())

const READ =
  '{"query":"{ viewer { username todos(first: 1) { totalCount } } products(first: 3) { nodes { id availableQuantity } } }"}'
const WRITE = '{"query":"mutation { createTodo(input: { title: \\"roll on\\" }) { __typename } }"}'

/** Asks and changes until it is told to stop, and at least so often; gives how often, and what went wrong. */
async function load(isOver: () => boolean) {
  const { origin } = new URL(graphql)
  const pool = new Pool(origin, { connections: AT_ONCE, pipelining: 1 })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` }
  const result = { sent: 0, written: 0, failures: [] as string[] }
  async function send(): Promise<void> {
    const body = ++result.sent % 10 === 0 ? WRITE : READ
    try {
      const answer = await pool.request({ path: '/graphql', method: 'POST', headers, body })
      const text = await answer.body.text()
      if (answer.statusCode !== 200 || text.includes('"errors"')) result.failures.push(`${answer.statusCode} ${text}`)
      else if (body === WRITE) result.written++
    } catch (error) {
      result.failures.push(String(error))
    }
  }
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      while (!isOver() || result.sent < LEAST) await send()
    }),
  )
  await pool.close()
  return result
}

/** Keys that sign and open passports, from the next start on. */
function setPassportKeys(keys: string): void {
  for (const name of NAMES) environment[`${variablePrefix(name)}_PASSPORT_KEYS`] = keys
}

function setSigningKeys(...keys: unknown[]): void {
  environment.ACCESS_TOKEN_KEYS = JSON.stringify(keys)
}

/** How users answer to a passport that was signed with a key. */
async function statusWith(key: string): Promise<number> {
  const passport = await createPassportOffice('users', [key])(null)
  const url = `http://127.0.0.1:${balancers.get('users')?.port}/graphql`
  const headers = { 'content-type': 'application/json', [PASSPORT_HEADER]: passport }
  return (await fetch(url, { method: 'POST', headers, body: '{"query":"{ __typename }"}' })).status
}

async function replace(name: string): Promise<void> {
  const old = parts.get(name)
  parts.set(name, await start(name))
  expect(await old?.end('SIGTERM')).toBe(0)
  expect(old?.errors()).toBe('')
}

test('every process is replaced under load, and every key, and no request is lost', async () => {
  let isOver = false
  const loading = load(() => isOver)
  // A key is known everywhere before anything is signed with it.
  setPassportKeys(`${OLD},${NEW}`)
  setSigningKeys(oldKey, newKey)
  for (const name of [...NAMES, 'worker']) await replace(name)
  setPassportKeys(`${NEW},${OLD}`)
  setSigningKeys(newKey, oldKey)
  for (const name of ['gateway', 'users']) await replace(name)
  const { signIn } = await clientOf(graphql).data(SIGN_IN, { input: { email: EMAIL, password: PASSWORD } })
  const [head = ''] = signIn.tokens.accessToken.split('.')
  expect(JSON.parse(Buffer.from(head, 'base64url').toString()).kid).toBe(newKey.kid)
  const newcomer = clientOf(graphql, { authorization: `Bearer ${signIn.tokens.accessToken}` })
  expect((await newcomer.data('{ viewer { username } }')).viewer.username).toBe('rolling')
  // Nobody signs with the old key of passports any more, so it goes. That of tokens goes when the last of them ends.
  setPassportKeys(NEW)
  for (const name of [...NAMES, 'gateway']) await replace(name)
  isOver = true
  const { sent, written, failures } = await loading
  expect(failures).toEqual([])
  expect(sent).toBeGreaterThanOrEqual(LEAST)
  expect(await statusWith(OLD)).toBe(401)
  expect(await statusWith(NEW)).toBe(200)
  const { viewer } = await clientOf(graphql, { authorization: `Bearer ${token}` }).data(
    '{ viewer { todos { totalCount } } }',
  )
  expect(viewer.todos.totalCount).toBe(written)
}, 300_000)

test.each(['gateway', 'users'])('a second SIGTERM ends the %s at once', async (name) => {
  const child = startChild(commandOf(name), { ...environment, DRAIN_SECONDS: '15' })
  const origin = `http://127.0.0.1:${await child.says(LISTENS)}`
  const begin = performance.now()
  const ended = child.end('SIGTERM')
  // The system would deliver two at once as one.
  await eventually(async () => expect((await fetch(new URL('/ready', origin))).status).toBe(503))
  child.process.kill('SIGTERM')
  expect(await ended).toBe(1)
  expect(performance.now() - begin).toBeLessThan(10_000)
})
