import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startChild, type Child } from '../test/support/child.ts'
import type { Operation } from './small/operations.ts'

/** A server under load, in a process of its own. */
export interface Server extends AsyncDisposable {
  name: string
  url: string
  /** CPU time that it has used so far, in seconds. */
  cpu: () => Promise<number>
  /** Memory that it holds now, in MB. */
  memory: () => Promise<number>
}

/** What the gateways under load are told. */
export interface GatewaySetup {
  supergraph: string
  environment: NodeJS.ProcessEnv
  dataDir: string
  /** Undefined where nothing is to be kept. */
  redisUrl?: string | undefined
}

/** How npm starts the gateway: what node is told, and the file. */
function gatewayCommand(): string[] {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(readFileSync('package.json', 'utf8'))
  return (scripts['start:gateway'] ?? '').replace('exec node ', '').split(' ')
}
const GATEWAY = gatewayCommand()

/** Each kind of server, by the name that the table has for it. */
export const kinds = {
  ours: (setup: GatewaySetup) => start('ours', GATEWAY, environmentOf(setup)),
  stock: (setup: GatewaySetup) => start('stock', ['bench/stock.ts'], environmentOf(setup)),
  /** Without what its limits cost. */
  unlimited: (setup: GatewaySetup) =>
    start('ours, unlimited', [...GATEWAY.slice(0, -1), 'bench/unlimited/main.ts'], environmentOf(setup)),
  /** With the cache, where this machine has a Redis. */
  kept: (setup: GatewaySetup) => start('ours, kept', GATEWAY, { ...environmentOf(setup), REDIS_URL: setup.redisUrl }),
}

function environmentOf({ supergraph, environment, dataDir }: GatewaySetup): NodeJS.ProcessEnv {
  return {
    ...environment,
    SUPERGRAPH: supergraph,
    DATA_DIR: dataDir,
    PORT: '0',
    NODE_ENV: 'production',
    LOG_LEVEL: 'info',
    // As it is where nobody sets it.
    MAX_LOOP_DELAY_MS: undefined,
  }
}

/** A server of node:http that sends the same bytes. @param file where it finds them */
export const startBare = (file: string): Promise<Server> => start('bare', ['bench/bare.ts', file], {})

async function start(name: string, command: string[], environment: NodeJS.ProcessEnv): Promise<Server> {
  const child = startChild(command, environment)
  const url = await child.says(/listens on (http:[^\s"]+)/)
  const { pid } = child.process
  return {
    name,
    url,
    cpu: async () => cpuOf(await readFile(join('/proc', String(pid), 'stat'), 'utf8')),
    memory: async () => memoryOf(await readFile(join('/proc', String(pid), 'status'), 'utf8')),
    [Symbol.asyncDispose]: () => stop(child),
  }
}

async function stop(child: Child): Promise<void> {
  await child[Symbol.asyncDispose]()
}

/** Clock ticks a second, on every Linux. */
const TICKS = 100

/** User and system time, of proc(5). */
function cpuOf(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / TICKS
}

function memoryOf(status: string): number {
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1_024
}

/** The bytes that the bare server sends for each operation. */
export function bareAnswers(operations: Operation[]): string {
  return JSON.stringify(
    Object.fromEntries(
      operations.map(({ name, requests }) => [name, `${JSON.stringify({ data: requests[0]?.data })}\n`]),
    ),
  )
}
