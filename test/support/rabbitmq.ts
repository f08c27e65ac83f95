import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { hasEnded } from '../../platform/postgres/embedded/running-process.ts'
import { eventually } from './eventually.ts'
import { freePort } from './free-port.ts'

/** Where Debian's package has its scripts, without the wrappers that change the user. */
const SCRIPTS = '/usr/lib/rabbitmq/bin'
const STARTED = 60_000

/** Whether this machine has a RabbitMQ. In CI there must be one, so its absence is a failure and skips nothing. */
export const hasRabbitMq = existsSync(SCRIPTS) || process.env.CI === 'true'

/** A RabbitMQ of a test's own. */
export interface TestBroker extends AsyncDisposable {
  port: number
  /** Makes a virtual host, and gives its URL (at a port, such as that of a proxy). */
  virtualHost: (name: string, port?: number) => Promise<string>
  /** Stops it in an orderly way, or at once. */
  stop: (signal: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** Starts it again, on the same port with the same data. */
  start: () => Promise<void>
  /** Sends its process a signal, such as SIGSTOP. */
  signal: (signal: NodeJS.Signals) => Promise<void>
  /** The URL of a virtual host. */
  urlOf: (virtualHost: string, port?: number) => string
}

/** Starts a RabbitMQ on a free port, with data of its own; its disposal removes both. */
export async function startRabbitMq(): Promise<TestBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'rabbitmq-'))
  const port = await freePort()
  const environment = await environmentFor(folder, port)
  const pid = async () => Number(await readFile(join(folder, 'pid'), 'utf8'))
  const control = (...args: string[]) => promisify(execFile)(join(SCRIPTS, 'rabbitmqctl'), args, { env: environment })
  const urlOf = (virtualHost: string, at = port) => `amqp://127.0.0.1:${at}/${virtualHost}`
  async function start(): Promise<void> {
    spawn(join(SCRIPTS, 'rabbitmq-server'), { env: environment, stdio: 'ignore' }).unref()
    await eventually(async () => void (await control('await_startup', '--timeout', '10')), STARTED)
  }
  async function stop(signal: NodeJS.Signals): Promise<void> {
    const running = await pid()
    process.kill(running, signal)
    await hasEnded(running, 30_000)
  }
  await start()
  return {
    port,
    start,
    stop,
    urlOf,
    signal: async (signal) => void process.kill(await pid(), signal),
    async virtualHost(name, at) {
      await control('add_vhost', name)
      await control('set_permissions', '--vhost', name, 'guest', '.*', '.*', '.*')
      return urlOf(name, at)
    },
    async [Symbol.asyncDispose]() {
      await stop('SIGKILL').catch(() => undefined)
      await promisify(execFile)('epmd', ['-kill'], { env: environment }).catch(() => undefined)
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function environmentFor(folder: string, port: number): Promise<NodeJS.ProcessEnv> {
  await mkdir(join(folder, 'home'))
  return {
    PATH: process.env.PATH,
    HOME: join(folder, 'home'),
    RABBITMQ_NODENAME: `test-${port}@localhost`,
    RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
    RABBITMQ_NODE_PORT: String(port),
    RABBITMQ_DIST_PORT: String(await freePort()),
    RABBITMQ_MNESIA_BASE: join(folder, 'data'),
    RABBITMQ_PID_FILE: join(folder, 'pid'),
    RABBITMQ_LOG_BASE: join(folder, 'log'),
    RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'no-plugins'),
    RABBITMQ_CONFIG_FILE: join(folder, 'no-config'),
    RABBITMQ_CONF_ENV_FILE: join(folder, 'no-environment'),
    ERL_EPMD_ADDRESS: '127.0.0.1',
    ERL_EPMD_PORT: String(await freePort()),
    // An idle scheduler must not spin: tests share the machine.
    RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +sbwt none',
  }
}
