import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { createPassportOffice, PASSPORT_HEADER } from '../../platform/identity/passport.ts'
import { connect } from '../../platform/postgres/prepare.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { newFolder } from '../support/folder.ts'
import { startChild, type Child } from '../support/child.ts'
import { createDatabase } from '../support/database.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { createPeople } from '../support/people.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

const KEY = 'a passport key that is long enough for all'
const NAMES: string[] = subgraphs.map(({ name }) => name)
const KEYS = Object.fromEntries(NAMES.map((name) => [`${variablePrefix(name)}_PASSPORT_KEYS`, KEY]))
const resources = new AsyncDisposableStack()
const children: Record<string, Child> = {}
let environment: NodeJS.ProcessEnv
let database: Awaited<ReturnType<typeof createDatabase>>

/** Every part in a process of its own, as in production, on a database that starts empty. */
beforeAll(async () => {
  database = resources.use(await createDatabase({ isEmpty: true }))
  const dataDir = await newFolder(resources)
  const ports = Object.fromEntries(
    ['PORT', ...NAMES.map((name) => `${variablePrefix(name)}_PORT`)].map((name) => [name, '0']),
  )
  environment = { ...KEYS, ...ports, DATABASE_URL: database.url, DATA_DIR: dataDir, DRAIN_SECONDS: '5' }
  for (const name of NAMES) children[name] = resources.use(startChild(['subgraphs/main.ts', name], environment))
  children.worker = resources.use(startChild(['subgraphs/worker.ts'], environment))
  for (const name of NAMES) environment[`${variablePrefix(name)}_URL`] = `${await originOf(name)}/graphql`
  children.gateway = resources.use(startChild(['gateway/main.ts'], environment))
  await originOf('gateway')
})
afterAll(() => resources.disposeAsync())

async function originOf(name: string): Promise<string> {
  return (await children[name]?.says(/listens on (http:\/\/[\d.]+:\d+)\/graphql/)) ?? ''
}

async function graph() {
  const url = `${await originOf('gateway')}/graphql`
  const anonymous = clientOf(url)
  return {
    anonymous,
    ...createPeople(anonymous, (token) => clientOf(url, { authorization: `Bearer ${token}` }), database),
  }
}

test('parts that start together on an empty database serve the graph', async () => {
  const { person, anonymous } = await graph()
  const someone = await person()
  await someone.data('mutation { createTodo(input: { title: "Across processes" }) { __typename } }')
  expect(
    (await someone.data('{ viewer { username todos { nodes { title owner { username } } } } }')).viewer.todos.nodes,
  ).toEqual([{ title: 'Across processes', owner: { username: someone.username } }])
  expect(await anonymous.data('{ products { nodes { id } } }')).toEqual({ products: { nodes: [] } })
})

test('events reach the other subgraphs through the worker', async () => {
  const { person } = await graph()
  const someone = await person()
  await someone.data('mutation { createTodo(input: { title: "Goes" }) { __typename } }')
  await someone.data(`mutation { deleteAccount(input: { password: "${someone.password}" }) { __typename } }`)
  await eventually(async () => expect(await database.sql(`select from todos.todos where title = 'Goes'`)).toEqual([]))
})

test('a passport of the command opens a subgraph to tools that read its schema', async () => {
  await using child = startChild(['deploy/passport.ts', 'users'], environment)
  expect(await child.ended()).toBe(0)
  const [name = '', passport = ''] = child.output().trim().split(': ')
  const users = clientOf(`${await originOf('users')}/graphql`, { [name]: passport })
  expect((await users.data('{ _service { sdl } }'))._service.sdl).toContain('type User')
})

test('every part tells whether it is alive, and whether it is fit for traffic', async () => {
  for (const name of [...NAMES, 'gateway']) {
    for (const path of ['/health', '/ready']) expect((await fetch((await originOf(name)) + path)).status).toBe(200)
  }
})

test('a part without its database is alive and not fit for traffic, and is fit again when the database is back', async () => {
  const origin = await originOf('products')
  const statuses = async () => [(await fetch(`${origin}/health`)).status, (await fetch(`${origin}/ready`)).status]
  const name = new URL(database.url).pathname.slice(1)
  const server = await connect(inject('postgresUrl'))
  await server.query(`alter database ${name} allow_connections false`)
  await server.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and application_name like 'supergraph products%'`,
    [name],
  )
  await eventually(async () => expect(await statuses()).toEqual([200, 503]))
  await server.query(`alter database ${name} allow_connections true`)
  await eventually(async () => expect(await statuses()).toEqual([200, 200]))
  await server.end()
})

test('a part that was told to end says so before it refuses anybody', async () => {
  const part = startChild(['subgraphs/main.ts', 'orders'], environment)
  const origin = await part.says(/listens on (http:\/\/[\d.]+:\d+)\/graphql/)
  const ended = part.end('SIGTERM')
  await eventually(async () => expect((await fetch(`${origin}/ready`)).status).toBe(503))
  expect((await fetch(`${origin}/health`)).headers.get('connection')).toBe('close')
  expect(await ended).toBe(0)
})

test('a subgraph answers nobody without a valid passport, but for its public keys', async () => {
  const origin = await originOf('users')
  const send = async (passport?: string, path = '/graphql') =>
    (
      await fetch(origin + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(passport && { [PASSPORT_HEADER]: passport }) },
        body: '{"query":"{ __typename }"}',
      })
    ).status
  expect(await send()).toBe(401)
  expect(await send('garbage')).toBe(401)
  expect(await send(await createPassportOffice('todos', [KEY])(null))).toBe(401)
  expect(await send(await createPassportOffice('users', ['another key, long enough but not shared'])(null))).toBe(401)
  expect(await send(undefined, '/revocations')).toBe(401)
  expect(await send(await createPassportOffice('users', [KEY])(null))).toBe(200)
  const jwks = await (await fetch(`${origin}/.well-known/jwks.json`)).json()
  expect(jwks.keys).toEqual([expect.objectContaining({ kty: 'OKP', alg: 'EdDSA', use: 'sig' })])
  expect(jwks.keys[0]).not.toHaveProperty('d')
})

interface Load {
  answered: number
  failures: unknown[]
}

/** Sends requests over kept-alive connections while the part says that it is ready, as a load balancer would. */
async function load(origin: string, headers: Record<string, string>, result: Load, stopped: () => boolean) {
  const agent = new Agent({ connections: 8, pipelining: 1 })
  const part = { isReady: true }
  const watch = async () => {
    while (part.isReady && !stopped()) {
      part.isReady = await fetch(`${origin}/ready`).then(
        ({ status }) => status === 200,
        () => false,
      )
      await sleep(50)
    }
  }
  const send = async () => {
    while (part.isReady) {
      try {
        const { statusCode, body } = await request(`${origin}/graphql`, {
          dispatcher: agent,
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: '{"query":"{ products { nodes { id } } }"}',
        })
        await body.text()
        if (statusCode === 200) result.answered++
        else result.failures.push(statusCode)
      } catch (error) {
        result.failures.push(error)
      }
    }
  }
  await Promise.all([watch(), ...Array.from({ length: 16 }, send)])
  await agent.close()
}

test.each(['gateway', 'products'])('SIGTERM under load loses no request of the %s, and ends it', async (name) => {
  const child = children[name]
  const headers: Record<string, string> =
    name === 'gateway' ? {} : { [PASSPORT_HEADER]: await createPassportOffice(name, [KEY])(null) }
  let isStopped = false
  const result: Load = { answered: 0, failures: [] }
  const loading = load(await originOf(name), headers, result, () => isStopped)
  await eventually(async () => expect(result.answered).toBeGreaterThan(100))
  const code = child?.end('SIGTERM')
  await loading
  isStopped = true
  expect(result.failures).toEqual([])
  expect(await code).toBe(0)
  expect(child?.errors()).toBe('')
})

test('an unknown subgraph, and one without a database, are told in one sentence', async () => {
  const unknown = startChild(['subgraphs/main.ts', 'payments'], environment)
  expect(await unknown.ended()).toBe(1)
  expect(unknown.errors()).toBe(`Say which subgraph: ${NAMES.join(', ')}.\n`)
  const homeless = startChild(['subgraphs/main.ts', 'todos'], {})
  expect(await homeless.ended()).toBe(1)
  expect(homeless.errors()).toBe(
    'DATABASE_URL: must be set to a PostgreSQL server (or TODOS_DATABASE_URL). npm start brings one of its own, which commands find while it runs.\n',
  )
})

test('in production all that a part says is JSON, a line an event', async () => {
  const production = { ...environment, NODE_ENV: 'production', LOG_LEVEL: 'info' }
  for (const [args, says] of [
    [['subgraphs/main.ts', 'todos'], /"msg":"The (todos) subgraph listens on /],
    [['gateway/main.ts'], /"msg":"The (gateway) listens on /],
    [['subgraphs/worker.ts'], /"msg":"The (worker) carries events/],
  ] as const) {
    await using child = startChild([...args], production)
    await child.says(says)
    const lines = child.output().trim().split('\n')
    expect(lines.map((line) => JSON.parse(line).level)).toEqual(lines.map(() => expect.any(Number)))
  }
})

test('in production no key is made up: every missing one is told at once', async () => {
  const gateway = startChild(['gateway/main.ts'], { NODE_ENV: 'production' })
  expect(await gateway.ended()).toBe(1)
  const missing = 'must be set in production (npm run keys makes keys).'
  expect(gateway.errors()).toBe(
    NAMES.toSorted()
      .map((name) => `${variablePrefix(name)}_PASSPORT_KEYS: ${missing}\n`)
      .join(''),
  )
  const users = startChild(['subgraphs/main.ts', 'users'], { NODE_ENV: 'production' })
  expect(await users.ended()).toBe(1)
  expect(users.errors()).toBe(`USERS_PASSPORT_KEYS: ${missing}\nACCESS_TOKEN_KEYS: ${missing}\n`)
})
