import { load } from './load.ts'
import { median } from './report.ts'
import { kinds, type GatewaySetup, type Server } from './servers.ts'
import type { Operation } from './small/operations.ts'

/** Operations that limits cost most of: the cheapest, and one of several hops. */
const MEASURED = new Set(['Q1', 'Q2'])
const WARM_UP = 3_000
/** How long each of the two is measured before it is the other's turn, in ms: what disturbs the machine meets both. */
const SLICE = 500

/** What one gateway did in one round. */
interface Sum {
  requests: number
  /** In ms. */
  time: number
  /** In seconds. */
  cpu: number
}

/** What limits cost of an admitted request's throughput, as a table in Markdown. @param duration in ms, of each round */
export async function limits(
  world: GatewaySetup & { operations: Operation[] },
  rounds: number,
  duration: number,
): Promise<string> {
  const lines: string[] = []
  for (const operation of world.operations.filter(({ name }) => MEASURED.has(name))) {
    const found: Awaited<ReturnType<typeof compare>>[] = []
    for (let round = 0; round < rounds; round++) found.push(await compare(world, operation, duration))
    const [off, on] = [median(found.map((each) => each.off)), median(found.map((each) => each.on))]
    const all = found.map(({ ratio }) => ratio.toFixed(2)).join(', ')
    const [ratio, cpu] = [median(found.map((each) => each.ratio)), median(found.map((each) => each.cpu))]
    const figures = [off.toFixed(0), on.toFixed(0), `× ${ratio.toFixed(2)} (${all})`, `× ${cpu.toFixed(2)}`]
    lines.push(`| ${operation.name} | ${figures.join(' | ')} |`)
  }
  const head = ['requests a second', 'without limits', 'with', 'ratio (of each round)', 'CPU for 1,000']
  return `\n| ${head.join(' | ')} |\n|---|---|---|---|---|\n${lines.join('\n')}\n`
}

/** Two gateways, with limits and without, loaded in turns; each pair is of processes that served nothing else. */
async function compare(world: GatewaySetup, operation: Operation, duration: number) {
  await using limited = await kinds.ours(world)
  await using unlimited = await kinds.unlimited(world)
  const pair = [
    { server: limited, sum: { requests: 0, time: 0, cpu: 0 } },
    { server: unlimited, sum: { requests: 0, time: 0, cpu: 0 } },
  ] as const
  for (const { server } of pair) await load(server.url, operation, WARM_UP)
  for (let slice = 0; slice * SLICE < duration; slice++)
    for (const { server, sum } of slice % 2 === 0 ? pair : pair.toReversed()) await measure(server, operation, sum)
  const [on, off] = pair.map(({ sum }) => sum)
  if (!on || !off) throw new Error('there are two gateways')
  const cpu = on.cpu / on.requests / (off.cpu / off.requests)
  return { on: rateOf(on), off: rateOf(off), ratio: rateOf(on) / rateOf(off), cpu }
}

async function measure(server: Server, operation: Operation, sum: Sum): Promise<void> {
  const before = await server.cpu()
  const { requests, rate } = await load(server.url, operation, SLICE)
  sum.requests += requests
  sum.time += (requests / rate) * 1_000
  sum.cpu += (await server.cpu()) - before
}

const rateOf = ({ requests, time }: Sum) => (requests / time) * 1_000
