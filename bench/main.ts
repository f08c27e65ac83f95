import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { startChild } from '../test/support/child.ts'
import { count, readOptions } from '../test/support/tool-options.ts'
import { firstRequests } from './first-requests.ts'
import { gain } from './gain.ts'
import { ill } from './ill.ts'
import { limits } from './limits.ts'
import { load, type Measured } from './load.ts'
import { overload } from './overload.ts'
import { startRealWorld } from './real.ts'
import { firstTable, table, type Row } from './report.ts'
import { bareAnswers, kinds, startBare, type GatewaySetup, type Server } from './servers.ts'
import { operations as smallOperations, type Operation } from './small/operations.ts'
import { composeSmallWorld, names } from './small/schema.ts'

/**
 * Measures this gateway beside Apollo's and beside bare node:http, in turns: `npm run bench`. What counts are the
 * ratios of one run; machines differ, and are shared.
 */
const parts = [...smallOperations.map(({ name }) => name), 'storefront', 'limits', 'ill', 'overload', 'gain']
const {
  rounds: ROUNDS,
  seconds,
  only,
} = readOptions(
  `npm run bench -- --rounds <number> --seconds <number> --only <${parts.join('|')}, several with commas between>`,
  {
    rounds: count(3),
    seconds: count(4),
    only: z
      .string()
      .transform((text) => text.split(','))
      .pipe(z.array(z.enum(parts)))
      .optional(),
  },
)
const DURATION = seconds * 1_000
const WARM_UP = 2_000
/** How often memory is looked at, in ms: it rises and falls with each garbage collection. */
const SAMPLED_EVERY = 100

async function startSmallWorld(
  dataDir: string,
  resources: AsyncDisposableStack,
): Promise<GatewaySetup & { operations: Operation[] }> {
  const child = resources.use(startChild(['bench/small/subgraphs.ts'], {}))
  const ports: Record<string, number> = JSON.parse(await child.says(/(\{.*\})/))
  const urls = Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${ports[name]}/graphql`]))
  const supergraph = join(dataDir, 'small.graphql')
  await writeFile(supergraph, composeSmallWorld(urls))
  const keys = names.map((name) => [
    `${name.toUpperCase()}_PASSPORT_KEYS`,
    'a passport key that is long enough for all',
  ])
  return { supergraph, dataDir, environment: Object.fromEntries(keys), operations: smallOperations }
}

/** One measurement of one server, with what it cost. */
async function measure(server: Server, asked: Operation): Promise<Row> {
  // The bare server has one answer for each operation, whatever the document.
  const operation = server.name === 'bare' ? { ...asked, requests: asked.requests.slice(0, 1) } : asked
  // Every document is admitted before the measurement begins.
  await load(server.url, operation, WARM_UP, 2 * operation.requests.length)
  const before = await server.cpu()
  const memory: number[] = []
  const sampling = setInterval(() => void server.memory().then((held) => memory.push(held)), SAMPLED_EVERY)
  const measured: Measured = await load(server.url, operation, DURATION)
  clearInterval(sampling)
  const cpu = ((await server.cpu()) - before) / (measured.requests / 1_000)
  return { server: server.name, operation: operation.name, ...measured, cpu, memory: mean(memory) }
}

const mean = (numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0) / numbers.length

/** Each server in turn, the order reversed each time, each in a process of its own that has served nothing else. */
async function measureWorld(world: GatewaySetup & { operations: Operation[] }): Promise<Row[]> {
  const answers = join(world.dataDir, 'answers.json')
  await writeFile(answers, bareAnswers(world.operations))
  const { kept, unlimited: _, ...others } = kinds
  const known = [...Object.values(others), ...(world.redisUrl ? [kept] : [])]
  const starts = [() => startBare(answers), ...known.map((start) => () => start(world))]
  const rows: Row[] = []
  for (const operation of world.operations) {
    for (let round = 0; round < ROUNDS; round++) {
      for (const start of round % 2 === 0 ? starts : starts.toReversed()) {
        await using server = await start()
        rows.push(await measure(server, operation))
      }
      process.stderr.write(`${operation.name}: round ${round + 1} of ${ROUNDS}\n`)
    }
  }
  return rows
}

const isAskedFor = (name: string) => !only || only.includes(name)

if (isAskedFor('gain')) {
  const gainDir = await mkdtemp(join(tmpdir(), 'bench-'))
  process.stdout.write(await gain(gainDir))
  await rm(gainDir, { recursive: true, force: true })
}
if (only?.every((name) => name === 'gain')) process.exit(0)
await using resources = new AsyncDisposableStack()
const dataDir = await mkdtemp(join(tmpdir(), 'bench-'))
resources.defer(() => rm(dataDir, { recursive: true, force: true }))
const worlds = [await startSmallWorld(dataDir, resources), await startRealWorld(dataDir, resources)]
for (const world of worlds) {
  const operations = world.operations.filter(({ name }) => isAskedFor(name))
  if (operations.length === 0) continue
  process.stdout.write(table(operations, await measureWorld({ ...world, operations })))
}
const [small, real] = worlds
if (small && isAskedFor('limits')) process.stdout.write(await limits(small, ROUNDS, DURATION))
if (real && isAskedFor('ill')) process.stdout.write(await ill(real))
if (real && isAskedFor('overload')) process.stdout.write(await overload(real, ROUNDS))
if (small && !only) process.stdout.write(firstTable(await firstRequests(small, ROUNDS)))
