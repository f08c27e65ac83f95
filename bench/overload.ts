import { setTimeout as sleep } from 'node:timers/promises'
import { load, requestOf, summaryOf, type Measured } from './load.ts'
import { RawConnection } from './raw-connection.ts'
import { kinds, type GatewaySetup } from './servers.ts'
import type { Asked, Operation } from './small/operations.ts'
import { clientOf } from '../test/support/graph-client.ts'
import { STOREFRONT } from './real.ts'

/** How much more is sent than can be done. */
const TIMES = 2
/** Requests at once that keep the gateway as busy as can be, and that are under way at most. */
const CONCURRENCY = 32
const CONNECTIONS = 600
/** How long too much is sent before it is measured, in ms. */
const SETTLED = 1_000
/** How long each part lasts, in ms. */
const DURATION = 6_000
/** How long after the flood the gateway is to be as good as before, and how long that is measured, in ms. */
const RECOVERY = 1_000
const AFTERWARDS = 3_000
/** Lengths of pages that are asked for. */
const LENGTHS = 20
/** How often requests are sent, in ms. */
const TICK = 5

/** What became of requests that were sent at a rate, whether or not they were answered. */
interface Flood extends Measured {
  /** Of those that were sent, how many a second were refused. */
  refused: number
  /** Neither answered nor refused as they should be. */
  wrong: number
}

/** One flood, with what could be done before and after it. */
interface Round {
  peak: Measured
  flood: Flood
  after: Measured
}

/**
 * What clients get while twice as much is asked for as can be done, and afterwards, as a table in Markdown: that round
 * of which the part that was answered is the median.
 */
export async function overload(world: GatewaySetup & { operations: Operation[] }, rounds: number): Promise<string> {
  const [storefront] = world.operations
  if (!storefront) throw new Error('there is nothing to ask for')
  await using server = await kinds.ours(world)
  const { url } = server
  const operation = { ...storefront, requests: await pagesOf(url), concurrency: CONCURRENCY }
  await load(url, operation, 3_000)
  const measured: Round[] = []
  for (let round = 0; round < rounds; round++) {
    const peak = await load(url, operation, DURATION)
    const flood = await floodWith(url, operation, peak.rate * TIMES)
    await sleep(RECOVERY)
    measured.push({ peak, flood, after: await load(url, operation, AFTERWARDS) })
    process.stderr.write(`overload: round ${round + 1} of ${rounds}\n`)
  }
  measured.sort((one, other) => goodputOf(one) - goodputOf(other))
  const median = measured[Math.floor(rounds / 2)]
  if (!median) throw new Error('there was no round')
  return `${tableOf(median)}All rounds: ${measured.map(ratiosOf).join('; ')}.\n`
}

/** What part of what can be done is answered in the flood. The machine may become slower or faster meanwhile. */
const goodputOf = ({ peak, flood, after }: Round) => flood.rate / ((peak.rate + after.rate) / 2)

const ratiosOf = (round: Round) =>
  `answered × ${goodputOf(round).toFixed(2)}, p99 × ${(round.flood.p99 / round.peak.p99).toFixed(2)}`

/** Different pages, so that hardly any of those who ask at once ask for the same, and share the answer. */
async function pagesOf(url: string): Promise<Asked[]> {
  const orders = ['NAME', 'PRICE', 'CREATED_AT'].flatMap((field) =>
    ['ASC', 'DESC'].map((direction) => ({ field, direction })),
  )
  const pages = orders.flatMap((orderBy) => Array.from({ length: LENGTHS }, (_, at) => ({ first: at + 5, orderBy })))
  const asked: Asked[] = []
  for (const variables of pages)
    asked.push({ query: STOREFRONT, variables, data: (await clientOf(url).send(STOREFRONT, variables)).data })
  return asked
}

async function floodWith(url: string, { name, requests }: Operation, rate: number): Promise<Flood> {
  const { host, pathname } = new URL(url)
  const texts = requests.map((asked) => requestOf(host, pathname, name, asked))
  // One is opened when it is needed: the server cuts off those that send nothing.
  const free: RawConnection[] = []
  const connections: RawConnection[] = []
  async function open(): Promise<RawConnection> {
    const connection = await RawConnection.to(new URL(url))
    connections.push(connection)
    return connection
  }
  const latencies: number[] = []
  const counts = { refused: 0, wrong: 0 }
  let turn = 0
  let measured = 0
  const under = new Set<Promise<void>>()
  async function sendOne(): Promise<void> {
    const begin = performance.now()
    const connection = free.pop() ?? (await open())
    const { status, body } = await connection.ask(texts[turn++ % texts.length] ?? '')
    free.push(connection)
    if (begin < measured) return
    if (status === 200 && !body.startsWith('{"errors"')) latencies.push(performance.now() - begin)
    else if (status === 503) counts.refused++
    else counts.wrong++
  }
  const begin = performance.now()
  measured = begin + SETTLED
  for (let sent = 0; performance.now() - begin < DURATION; await sleep(TICK)) {
    for (; sent < ((performance.now() - begin) / 1_000) * rate; sent++) {
      if (under.size >= CONNECTIONS) break
      const one = sendOne()
        .catch(() => void counts.wrong++)
        .finally(() => under.delete(one))
      under.add(one)
    }
  }
  await Promise.all(under)
  const time = performance.now() - measured
  for (const connection of connections) connection[Symbol.dispose]()
  return { ...summaryOf(latencies, time), refused: (counts.refused / time) * 1_000, wrong: counts.wrong }
}

function tableOf(round: Round): string {
  const { peak, flood, after } = round
  return `
| our storefront, uncached | answered a second | refused a second | p50 ms | p99 ms |
|---|---|---|---|---|
${lineOf('as much as can be done', peak, '0')}${lineOf(`${TIMES} × as much`, flood, flood.refused.toFixed(0))}${lineOf('one second later', after, '0')}
In the flood ${ratiosOf(round)}, beside the mean of before and after; neither answered nor refused: ${flood.wrong}.
`
}

function lineOf(name: string, { rate, p50, p99 }: Measured, refused: string): string {
  return `| ${name} | ${rate.toFixed(0)} | ${refused} | ${p50.toFixed(1)} | ${p99.toFixed(1)} |\n`
}
