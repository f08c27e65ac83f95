import { load } from './load.ts'
import { median } from './report.ts'
import { kinds, type GatewaySetup } from './servers.ts'
import type { Operation } from './small/operations.ts'

/** Operations that limits cost most of: the cheapest, and one of several hops. */
const MEASURED = new Set(['Q1', 'Q2'])
const WARM_UP = 2_000

/** What limits cost of an admitted request's throughput, as a table in Markdown. @param duration in ms */
export async function limits(
  world: GatewaySetup & { operations: Operation[] },
  rounds: number,
  duration: number,
): Promise<string> {
  const lines: string[] = []
  for (const operation of world.operations.filter(({ name }) => MEASURED.has(name))) {
    const rates: Record<'ours' | 'unlimited', number[]> = { ours: [], unlimited: [] }
    for (let round = 0; round < rounds; round++) {
      for (const kind of round % 2 === 0 ? (['ours', 'unlimited'] as const) : (['unlimited', 'ours'] as const)) {
        await using server = await kinds[kind](world)
        await load(server.url, operation, WARM_UP)
        rates[kind].push((await load(server.url, operation, duration)).rate)
      }
    }
    const [on, off] = [median(rates.ours), median(rates.unlimited)]
    lines.push(`| ${operation.name} | ${off.toFixed(0)} | ${on.toFixed(0)} | × ${(on / off).toFixed(2)} |`)
  }
  return `\n| requests a second | without limits | with | |\n|---|---|---|---|\n${lines.join('\n')}\n`
}
