import { requestOf } from './load.ts'
import { RawConnection } from './raw-connection.ts'
import { kinds, type GatewaySetup, type Server } from './servers.ts'
import { operations } from './small/operations.ts'

/** Times of the very first requests of operations, in ms. */
export interface FirstRequests {
  ours: number[]
  stock: number[]
}

/** Documents that a gateway has not seen, after some that warmed it up. */
const WARMED = 100
const MEASURED = 200

/** How long the first request of an operation takes, one after the other, in turns. */
export async function firstRequests(setup: GatewaySetup, rounds: number): Promise<FirstRequests> {
  const found: FirstRequests = { ours: [], stock: [] }
  for (let round = 0; round < rounds; round++) {
    for (const kind of round % 2 === 0 ? (['ours', 'stock'] as const) : (['stock', 'ours'] as const)) {
      await using server = await kinds[kind](setup)
      found[kind].push(...(await timesOf(server)))
    }
  }
  return found
}

async function timesOf({ url }: Server): Promise<number[]> {
  const operation = operations.find(({ name }) => name === 'many')
  const { host, pathname } = new URL(url)
  using connection = await RawConnection.to(new URL(url))
  const times: number[] = []
  for (const asked of operation?.requests.slice(0, WARMED + MEASURED) ?? []) {
    const text = requestOf(host, pathname, 'many', asked)
    const begin = performance.now()
    await connection.ask(text)
    times.push(performance.now() - begin)
  }
  return times.slice(WARMED)
}
