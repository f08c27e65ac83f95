import type { FirstRequests } from './first-requests.ts'
import type { Measured } from './load.ts'
import type { Operation } from './small/operations.ts'

/** One measurement. */
export interface Row extends Measured {
  server: string
  operation: string
  /** CPU seconds for 1,000 requests. */
  cpu: number
  /** MB, on average while it was asked. */
  memory: number
}

const COLUMNS = ['rate', 'p50', 'p99', 'cpu', 'memory'] as const

export function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? 0
}

/** A table in Markdown: medians of each server, and what ours is in relation to stock. */
export function table(operations: Operation[], rows: Row[]): string {
  const lines = operations.flatMap(({ name, description }) => {
    const of = (server: string, column: (typeof COLUMNS)[number]) =>
      median(rows.filter((row) => row.operation === name && row.server === server).map((row) => row[column]))
    const servers = [...new Set(rows.filter((row) => row.operation === name).map(({ server }) => server))]
    const each = servers.map((server) => {
      const cells = COLUMNS.map((column) =>
        of(server, column).toFixed(column === 'rate' || column === 'memory' ? 0 : 2),
      )
      return `| ${name}, ${description} | ${server} | ${cells.join(' | ')} |`
    })
    const ratios = COLUMNS.map((column) => `× ${(of('ours', column) / of('stock', column)).toFixed(2)}`)
    const kept = of('ours, kept', 'rate') / of('bare', 'rate')
    const more = kept > 0 ? [`| | **ours, kept, to bare** | × ${kept.toFixed(2)} | | | | |`] : []
    return [...each, `| | **ours to stock** | ${ratios.join(' | ')} |`, ...more]
  })
  return `\n| operation | server | requests a second | p50 ms | p99 ms | CPU s for 1,000 | memory MB |\n|---|---|---|---|---|---|---|\n${lines.join('\n')}\n`
}

export function firstTable({ ours, stock }: FirstRequests): string {
  const [own, theirs] = [median(ours), median(stock)]
  return `\nFirst request of an operation: ours ${own.toFixed(2)} ms, stock ${theirs.toFixed(2)} ms, × ${(own / theirs).toFixed(2)}\n`
}
