import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasEnded } from '../../platform/postgres/embedded/running-process.ts'
import { startEmbeddedPostgres, type EmbeddedPostgres } from '../../platform/postgres/embedded/server.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { newFolder } from '../support/folder.ts'
import { freePort } from '../support/free-port.ts'
import { startRabbitMq, type TestBroker } from '../support/rabbitmq.ts'
import { startTcpProxy, type TcpProxy } from '../support/tcp-proxy.ts'
import type { Doom } from './doom.ts'
import { Part } from './part.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

const KEY = 'a passport key that is long enough for all'

/** What every part of the product is told of the servers. */
interface Servers {
  databaseUrl: string
  amqpUrl: string | undefined
  dataDir: string
}

/** Every part in a process of its own, on a PostgreSQL and a RabbitMQ that are reached through proxies: all of it can be killed. */
export interface World extends AsyncDisposable, Servers {
  graphql: string
  database: TcpProxy
  /** Undefined when the bus is the one in process. */
  broker: (TestBroker & { proxy: TcpProxy }) | undefined
  parts: Map<string, Part>
  /** Stops PostgreSQL at once, as a power cut does, and starts it again. */
  crashPostgres: () => Promise<void>
  /** From now on, parts that start again may die at a point of their own. */
  doom: () => void
  /** From now on, they do not. */
  calm: () => void
}

export interface WorldSettings {
  hasBroker: boolean
  nextDoom: (part: string) => Doom | null
  onDeath: (part: string, how: string) => void
}

export async function startWorld(settings: WorldSettings): Promise<World> {
  await using started = new AsyncDisposableStack()
  const dataDir = await newFolder(started)
  const postgres = await startPostgres(dataDir)
  started.use(postgres)
  const broker = settings.hasBroker ? await startBroker(started) : undefined
  const servers = { databaseUrl: postgres.url, amqpUrl: broker?.urlOf('chaos', broker.proxy.port), dataDir }
  const environment = await environmentFor(servers)
  const parts = new Map<string, Part>()
  const state = { isDoomed: false }
  for (const [name, command] of Object.entries(commands())) {
    const nextDoom = () => (state.isDoomed ? settings.nextDoom(name) : null)
    const onDeath = (how: string) => settings.onDeath(name, how)
    parts.set(name, started.use(new Part({ name, command, environment, nextDoom, onDeath })))
  }
  await Promise.all([...parts.values()].map((part) => part.runs()))
  const releases = started.move()
  return {
    ...servers,
    graphql: `http://127.0.0.1:${environment.PORT}/graphql`,
    database: postgres.proxy,
    broker,
    parts,
    crashPostgres: postgres.crash,
    doom: () => void (state.isDoomed = true),
    calm: () => void (state.isDoomed = false),
    [Symbol.asyncDispose]: () => releases.disposeAsync(),
  }
}

function commands(): Record<string, string[]> {
  const own = subgraphs.map(({ name }) => [name, ['subgraphs/main.ts', name]])
  return { ...Object.fromEntries(own), worker: ['subgraphs/worker.ts'], gateway: ['gateway/main.ts'] }
}

/** A PostgreSQL behind a proxy: the address stays while the server changes. */
async function startPostgres(dataDir: string) {
  const state: { server: EmbeddedPostgres } = { server: await startEmbeddedPostgres({ dataDir }) }
  const proxy = await startTcpProxy(portOf(state.server.url))
  return {
    proxy,
    url: Object.assign(new URL(state.server.url), { port: String(proxy.port) }).href,
    async crash() {
      const [pid] = (await readFile(join(dataDir, 'postgres/cluster/postmaster.pid'), 'utf8')).split('\n')
      process.kill(Number(pid), 'SIGQUIT')
      await hasEnded(Number(pid), 10_000)
      await state.server[Symbol.asyncDispose]()
      state.server = await startEmbeddedPostgres({ dataDir })
      proxy.aimAt(portOf(state.server.url))
      proxy.cut()
    },
    async [Symbol.asyncDispose]() {
      await proxy[Symbol.asyncDispose]()
      await state.server[Symbol.asyncDispose]()
    },
  }
}

async function startBroker(resources: AsyncDisposableStack): Promise<TestBroker & { proxy: TcpProxy }> {
  const broker = resources.use(await startRabbitMq())
  await broker.virtualHost('chaos')
  return { ...broker, proxy: resources.use(await startTcpProxy(broker.port)) }
}

async function environmentFor({ databaseUrl, amqpUrl, dataDir }: Servers): Promise<NodeJS.ProcessEnv> {
  const entries: [string, string][] = []
  for (const { name } of subgraphs) {
    const port = String(await freePort())
    const prefix = variablePrefix(name)
    entries.push(
      [`${prefix}_PORT`, port],
      [`${prefix}_URL`, `http://127.0.0.1:${port}/graphql`],
      [`${prefix}_PASSPORT_KEYS`, KEY],
    )
  }
  return {
    ...Object.fromEntries(entries),
    PORT: String(await freePort()),
    DATABASE_URL: databaseUrl,
    ...(amqpUrl && { AMQP_URL: amqpUrl }),
    EVENT_RETRY_MS: '300',
    DATA_DIR: dataDir,
    LOG_LEVEL: 'error',
  }
}

const portOf = (url: string) => Number(new URL(url).port)
