import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer } from 'node:net'
import { once } from 'node:events'
import { hasEnded } from '../../platform/postgres/embedded/running-process.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../platform/postgres/embedded/server.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { startChild, type Child } from '../support/child.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'

const KEY = 'a passport key that is long enough for all'

/** Every part in a process of its own, on a PostgreSQL that is reached through a proxy: all of it can be killed. */
export interface World extends AsyncDisposable {
  graphql: string
  /** Where the database is, whoever serves it at the moment. */
  databaseUrl: string
  dataDir: string
  proxy: TcpProxy
  /** The parts that can be killed, by name. */
  parts: string[]
  /** Kills a part with SIGKILL and starts it again. */
  kill: (part: string) => Promise<void>
  /** Stops PostgreSQL at once, as a power cut does, and starts it again. */
  crashPostgres: () => Promise<void>
}

export async function startWorld(): Promise<World> {
  const resources = new AsyncDisposableStack()
  const dataDir = await mkdtemp(join(tmpdir(), 'supergraph-chaos-'))
  resources.defer(() => rm(dataDir, { recursive: true, force: true }))
  const database: { server: EmbeddedPostgres } = { server: await startEmbeddedPostgres({ dataDir }) }
  resources.defer(() => database.server[Symbol.asyncDispose]())
  const proxy = resources.use(await startTcpProxy(portOf(database.server.url)))
  const databaseUrl = Object.assign(new URL(database.server.url), { port: String(proxy.port) }).href
  const environment = await environmentFor(databaseUrl, dataDir)
  const commands: Record<string, string[]> = {
    ...Object.fromEntries(subgraphs.map(({ name }) => [name, ['subgraphs/main.ts', name]])),
    worker: ['subgraphs/worker.ts'],
    gateway: ['gateway/main.ts'],
  }
  const children = new Map<string, Child>()
  const start = (part: string) => void children.set(part, startChild(commands[part] ?? [], environment))
  resources.defer(
    async () => void (await Promise.all([...children.values()].map((child) => child[Symbol.asyncDispose]()))),
  )
  for (const part of Object.keys(commands)) start(part)
  await Promise.all(
    [...children].map(([part, child]) => child.says(part === 'worker' ? /carries events/ : /listens on/)),
  )
  return {
    graphql: `http://127.0.0.1:${environment.PORT}/graphql`,
    databaseUrl,
    dataDir,
    proxy,
    parts: Object.keys(commands),
    async kill(part) {
      await children.get(part)?.end('SIGKILL')
      start(part)
    },
    async crashPostgres() {
      const [pid] = (await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGQUIT')
      await hasEnded(Number(pid), 10_000)
      await database.server[Symbol.asyncDispose]()
      database.server = await startEmbeddedPostgres({ dataDir })
      proxy.aimAt(portOf(database.server.url))
      proxy.cut()
    },
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

async function environmentFor(databaseUrl: string, dataDir: string): Promise<NodeJS.ProcessEnv> {
  const entries: [string, string][] = []
  for (const { name } of subgraphs) {
    const port = await freePort()
    const prefix = name.toUpperCase()
    entries.push(
      [`${prefix}_PORT`, port],
      [`${prefix}_URL`, `http://127.0.0.1:${port}/graphql`],
      [`${prefix}_PASSPORT_KEYS`, KEY],
    )
  }
  return {
    ...Object.fromEntries(entries),
    PORT: await freePort(),
    DATABASE_URL: databaseUrl,
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
  }
}

async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  probe.close()
  return String(typeof address === 'object' ? address?.port : 0)
}

const portOf = (url: string) => Number(new URL(url).port)
