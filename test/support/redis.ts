import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'

/** Whether this machine has a Redis. In CI there must be one, so its absence is a failure and skips nothing. */
export const hasRedis = await promisify(execFile)('redis-server', ['--version']).then(
  () => true,
  () => process.env.CI === 'true',
)

/** A Redis of a test's own. */
export interface TestRedis extends AsyncDisposable {
  port: number
  url: string
  /** Runs a command by redis-cli. */
  run: (...command: string[]) => Promise<string>
  signal: (signal: NodeJS.Signals) => void
  /** Starts it again on the same port, empty, after it was killed. */
  start: () => Promise<void>
}

/** Starts a Redis on a free port, without a file on disk. */
export async function startRedis(options: string[] = []): Promise<TestRedis> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  let server: ChildProcess | undefined
  const run = async (...command: string[]) =>
    (await promisify(execFile)('redis-cli', ['-p', String(port), ...command])).stdout.trim()
  async function start(): Promise<void> {
    const settings = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
      '--dir',
      folder,
    ]
    server = spawn('redis-server', [...settings, ...options], { stdio: 'ignore' })
    await eventually(async () => {
      if ((await run('ping')) !== 'PONG') throw new Error('Redis does not answer yet')
    })
  }
  await start()
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    run,
    start,
    signal: (signal) => void server?.kill(signal),
    async [Symbol.asyncDispose]() {
      if (server && server.exitCode === null && server.signalCode === null) {
        server.kill('SIGKILL')
        await once(server, 'exit')
      }
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A cluster of three nodes, each with a replica. */
export interface TestCluster extends AsyncDisposable {
  nodes: TestRedis[]
  url: string
}

export async function startRedisCluster(): Promise<TestCluster> {
  const resources = new AsyncDisposableStack()
  const nodes: TestRedis[] = []
  for (let count = 0; count < 6; count++) {
    const bus = await freePort()
    const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '1500', '--cluster-port', String(bus)]
    // Otherwise replicas wait for five seconds before they copy what their masters have.
    options.push('--repl-diskless-sync-delay', '0')
    nodes.push(resources.use(await startRedis(options)))
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`)
  const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', '1', '--cluster-yes']
  await promisify(execFile)('redis-cli', create)
  await eventually(async () => {
    for (const node of nodes)
      if (!/cluster_state:ok/.test(await node.run('cluster', 'info'))) throw new Error('not all nodes agree yet')
    for (const replica of nodes.slice(3))
      if (!/master_link_status:up/.test(await replica.run('info', 'replication')))
        throw new Error('a replica is behind')
  }, 30_000)
  return { nodes, url: nodes.map(({ url }) => url).join(','), [Symbol.asyncDispose]: () => resources.disposeAsync() }
}
