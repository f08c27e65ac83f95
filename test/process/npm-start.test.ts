import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { DEMO_PASSWORD, demoAdmin } from '../../platform/demo-accounts.ts'
import { canEveryoneReach } from '../../platform/postgres/embedded/unprivileged.ts'
import { commandOf } from '../../platform/postgres/embedded/running-process.ts'
import { startChild, type Child } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SIGN_IN } from '../support/people.ts'

const FREE_PORTS = { PORT: '0', USERS_PORT: '0', TODOS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0' }
let dataDir: string
let cleanUp: AsyncDisposableStack

beforeEach(async () => {
  cleanUp = new AsyncDisposableStack()
  dataDir = await mkdtemp(join(tmpdir(), 'supergraph-start-'))
  await chmod(dataDir, 0o755)
  cleanUp.defer(() => rm(dataDir, { recursive: true, force: true, maxRetries: 20 }))
  cleanUp.defer(
    async () =>
      void (await postgresPid().then(
        (pid) => pid && commandOf(pid)?.includes('postgres') && process.kill(pid, 'SIGKILL'),
      )),
  )
})
afterEach(() => cleanUp.disposeAsync())

function npmStart(environment: NodeJS.ProcessEnv = {}, user = {}): Child {
  return cleanUp.use(startChild(['start.ts'], { ...FREE_PORTS, DATA_DIR: dataDir, ...environment }, user))
}

async function clientWhenReady(child: Child) {
  const origin = await child.says(/GraphQL +(http:\/\/localhost:\d+)\/graphql/)
  await child.says(/Ctrl-C stops it/)
  return clientOf(`${origin}/graphql`)
}

async function postgresPid(): Promise<number | null> {
  const file = await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8').catch(() => '')
  return Number(file.split('\n')[0]) || null
}

const signIn = { input: { email: demoAdmin.email, password: DEMO_PASSWORD } }

test('it starts, is used with the demo account, stops at Ctrl-C, and starts again with what there was', async () => {
  const first = npmStart()
  const client = await clientWhenReady(first)
  expect(first.output()).toMatch(/It took \d+\.\d s/)
  const tokens = (await client.data(SIGN_IN, signIn)).signIn.tokens
  const origin = await first.says(/GraphQL +(http:\/\/localhost:\d+)\/graphql/)
  const admin = clientOf(`${origin}/graphql`, { authorization: `Bearer ${tokens.accessToken}` })
  const { products } = await admin.data('{ products { totalCount nodes { id } } }')
  expect(products.totalCount).toBe(50)
  await admin.data(`mutation { retireProduct(input: { id: "${products.nodes[0].id}" }) { __typename } }`)
  expect(await first.end('SIGINT')).toBe(0)
  expect(first.errors()).toBe('')
  expect(await postgresPid()).toBeNull()

  const again = await clientWhenReady(npmStart())
  expect((await again.data('{ products { totalCount } }')).products.totalCount).toBe(49)
  expect((await again.data(SIGN_IN, signIn)).signIn.__typename).toBe('SignInSuccess')
})

test.each(['SIGINT', 'SIGTERM'] as const)(
  '%s to npm stops it cleanly, also when it comes twice, as Ctrl-C does',
  async (signal) => {
    const npm = cleanUp.use(startChild([npmCli(), 'start'], { ...FREE_PORTS, DATA_DIR: dataDir, DRAIN_SECONDS: '1' }))
    await clientWhenReady(npm)
    npm.process.kill(signal)
    await npm.end(signal)
    await eventually(async () => expect(await postgresPid()).toBeNull())
    await eventually(async () => expect(await readdir(dataDir)).not.toContain('holder'))
  },
)

test('after a kill -9 of it and of PostgreSQL it starts again with what there was', async () => {
  const killed = npmStart()
  await (await clientWhenReady(killed)).data(SIGN_IN, signIn)
  const postgres = await postgresPid()
  await killed.end('SIGKILL')
  if (postgres) process.kill(postgres, 'SIGKILL')
  const client = await clientWhenReady(npmStart())
  expect((await client.data(SIGN_IN, signIn)).signIn.__typename).toBe('SignInSuccess')
})

test('after a kill -9 of it alone the PostgreSQL that it left behind does not block the next start', async () => {
  const killed = npmStart()
  await clientWhenReady(killed)
  const orphan = await postgresPid()
  await killed.end('SIGKILL')
  expect(commandOf(orphan ?? 0)).toContain('postgres')
  await clientWhenReady(npmStart())
  expect(commandOf(orphan ?? 0)).toBeNull()
})

test('a kill -9 while it makes its files does not block the next start', async () => {
  const killed = npmStart()
  await eventually(async () => expect((await readdir(join(dataDir, 'postgres'))).join()).toContain('unfinished'))
  await sleep(100)
  await killed.end('SIGKILL')
  const client = await clientWhenReady(npmStart())
  expect((await client.data('{ products { totalCount } }')).products.totalCount).toBe(50)
})

/** The npm of this machine, to be run with this Node. */
function npmCli(): string {
  return (
    process.env.npm_execpath ??
    execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' }).trim()
  )
}

/** A start that must fail with one clear sentence and nothing else. */
async function expectRefusal(child: Child, sentence: RegExp): Promise<void> {
  expect(await child.ended()).toBe(1)
  expect(child.errors()).toMatch(sentence)
  expect(child.errors()).not.toMatch(/\n.+\n|\.ts:\d|\n +at /)
}

test('with a safelist it offers no query that is refused', async () => {
  const manifest = join(dataDir, 'manifest.json')
  await writeFile(manifest, JSON.stringify({ format: 'apollo-persisted-query-manifest', version: 1, operations: [] }))
  const child = npmStart({ PERSISTED_OPERATIONS: 'safelist', OPERATIONS_MANIFEST: manifest })
  await child.says(/(The operations of OPERATIONS_MANIFEST alone are answered)/)
  await child.says(/Ctrl-C stops it/)
  expect(child.output()).not.toContain('curl')
})

test('a port in use is told in one sentence, and leaves nothing running', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  cleanUp.defer(async () => void taken.close())
  const address = taken.address()
  const port = typeof address === 'object' && address ? String(address.port) : ''
  for (const variable of ['PORT', 'TODOS_PORT']) {
    await expectRefusal(
      npmStart({ [variable]: port }),
      new RegExp(
        `^Port ${port} on 127.0.0.1 is in use. Set ${variable} to another port for [a-z ]+, or stop what uses it.\n$`,
      ),
    )
    expect(await postgresPid()).toBeNull()
  }
})

test('an unusable DATA_DIR is told in one sentence', async () => {
  const file = join(dataDir, 'file')
  await writeFile(file, '')
  await expectRefusal(
    npmStart({ DATA_DIR: file }),
    /^DATA_DIR .*file cannot be used: it is a file, not a folder. Set DATA_DIR to a folder that you can write to.\n$/,
  )
})

test('a DATA_DIR where no folder can be made is told in one sentence', async () => {
  await expectRefusal(
    npmStart({ DATA_DIR: '/proc/nowhere/deep' }),
    /^DATA_DIR \/proc\/nowhere\/deep cannot be used: .*Set DATA_DIR to a folder that you can write to.\n$/,
  )
})

test('a start leaves alone what only has the process id of a server that was killed', async () => {
  const first = npmStart()
  await clientWhenReady(first)
  await first.end('SIGINT')
  const innocent = cleanUp.use(startChild(['-e', 'setInterval(() => {}, 1000) // postgres'], {}))
  await writeFile(join(dataDir, 'postgres/cluster/postmaster.pid'), `${innocent.process.pid}\n`)
  await clientWhenReady(npmStart())
  expect(commandOf(innocent.process.pid ?? 0)).toContain('postgres')
})

test('an unreachable DATABASE_URL is told in one sentence, without its password', async () => {
  const child = npmStart({ DATABASE_URL: 'postgres://someone:secret@127.0.0.1:1/none' })
  await expectRefusal(
    child,
    /^PostgreSQL at 127.0.0.1:1\/none cannot be reached: .*ECONNREFUSED.* Check DATABASE_URL and that the server runs.\n$/,
  )
  expect(child.errors()).not.toContain('secret')
})

test('every wrong setting is told at once', async () => {
  const child = npmStart({
    PORT: 'many',
    TODOS_PORT: '70000',
    DATABASE_URL: 'mysql://x',
    LOG_LEVEL: 'loud',
    MAIL_FROM: 'Shop',
  })
  expect(await child.ended()).toBe(1)
  expect(child.errors().trim().split('\n').sort()).toEqual([
    'DATABASE_URL: must be a URL that begins with postgres:// or postgresql://.',
    'LOG_LEVEL: must be debug or info or warn or error or silent.',
    'MAIL_FROM: must be an address, such as shop@example.com or Shop <shop@example.com>.',
    'PORT: must be a port, 0 to 65535.',
    'TODOS_PORT: must be a port, 0 to 65535.',
  ])
})

test('a setting that is misspelt is told of, once, and what may be of another program is not', async () => {
  const child = npmStart({
    MAX_DEPHT: '5',
    REDIS_URI: 'redis://x',
    TRUST_PROXIES: '1',
    POSTS: '1',
    MAX_TOKENS_OF_MINE: '2',
    LOG_LEVEL: 'warn',
  })
  await clientWhenReady(child)
  const told = child.output().match(/\w+ is no setting, and does nothing: \w+ is one/g)
  expect(told?.toSorted()).toEqual([
    'MAX_DEPHT is no setting, and does nothing: MAX_DEPTH is one',
    'REDIS_URI is no setting, and does nothing: REDIS_URL is one',
    'TRUST_PROXIES is no setting, and does nothing: TRUSTED_PROXIES is one',
  ])
})

test('two parts with one port are told by both variables', async () => {
  const child = npmStart({ PORT: '4711', TODOS_PORT: '4711' })
  await expectRefusal(child, /^PORT and TODOS_PORT are both 4711: give each a port of its own\.\n$/)
})

test('a second start on the same data is refused, and the first one goes on', async () => {
  const first = npmStart()
  const client = await clientWhenReady(first)
  await expectRefusal(
    npmStart(),
    new RegExp(`is in use by process ${first.process.pid} .*Stop it first, or set DATA_DIR to another folder.\n$`),
  )
  expect((await client.data('{ products { totalCount } }')).products.totalCount).toBe(50)
})

const isRoot = process.getuid?.() === 0

test.runIf(isRoot)('it works as root, with its data where no other user can reach it', async () => {
  await chmod(dataDir, 0o700)
  const client = await clientWhenReady(npmStart({ DATA_DIR: join(dataDir, 'deep/down') }))
  expect((await client.data('{ products { totalCount } }')).products.totalCount).toBe(50)
})

test.runIf(isRoot && (await canEveryoneReach(import.meta.dirname)))('it works as an ordinary user', async () => {
  const uid = Number(execFileSync('id', ['-u', 'nobody'], { encoding: 'utf8' }))
  const own = join(dataDir, 'own')
  execFileSync('install', ['-d', '-o', 'nobody', own])
  const client = await clientWhenReady(npmStart({ DATA_DIR: own }, { uid, gid: uid }))
  expect((await client.data('{ products { totalCount } }')).products.totalCount).toBe(50)
})
