import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { clientOf } from '../test/support/graph-client.ts'
import { requestOf, summaryOf, type Measured } from './load.ts'
import { RawConnection } from './raw-connection.ts'
import { STOREFRONT } from './real.ts'
import { kinds, type GatewaySetup } from './servers.ts'

/** What stands in the place of orders, which tell how much of each product there is. */
const STATES: Record<string, RequestListener | 'dead' | null> = {
  'is well': null,
  'is dead': 'dead',
  'answers nonsense': (_, response) => void response.end('<h1>Hello</h1>'),
  'is silent, its breaker open': () => undefined,
}

/** Requests at once that open the breaker, and those that are measured, one after the other. */
const BEFORE = 40
const MEASURED = 300

/** How long the other parts of an answer take while one subgraph is ill, as a table in Markdown. */
export async function ill(world: GatewaySetup): Promise<string> {
  const lines: string[] = []
  for (const [state, listener] of Object.entries(STATES)) {
    const { p50, p99 } = await whileOrders(listener, world)
    lines.push(`| ${state} | ${p50.toFixed(1)} | ${p99.toFixed(1)} |`)
  }
  return `\n| our storefront while orders | p50 ms | p99 ms |\n|---|---|---|\n${lines.join('\n')}\n`
}

async function whileOrders(listener: RequestListener | 'dead' | null, world: GatewaySetup): Promise<Measured> {
  const fake = createServer(listener === null || listener === 'dead' ? undefined : listener).listen(0, '127.0.0.1')
  await once(fake, 'listening')
  const address = fake.address()
  const port = typeof address === 'object' ? address?.port : 0
  if (listener === 'dead') fake.close()
  const orders = listener === null ? {} : { ORDERS_URL: `http://127.0.0.1:${port}/graphql` }
  await using server = await kinds.ours({ ...world, environment: { ...world.environment, ...orders } })
  await Promise.all(Array.from({ length: BEFORE }, (_, at) => clientOf(server.url).send(STOREFRONT, { first: at + 1 })))
  const measured = await measure(server.url, listener !== null)
  fake.closeAllConnections()
  fake.close()
  return measured
}

async function measure(url: string, isIll: boolean): Promise<Measured> {
  const { host, pathname } = new URL(url)
  const text = requestOf(host, pathname, 'storefront', { query: STOREFRONT, variables: {} })
  using connection = await RawConnection.to(new URL(url))
  const latencies: number[] = []
  const start = performance.now()
  for (let count = 0; count < MEASURED; count++) {
    const begin = performance.now()
    const { body } = await connection.ask(text)
    latencies.push(performance.now() - begin)
    const { data, errors }: { data: { products: { nodes: unknown[] } }; errors?: unknown[] } = JSON.parse(body)
    if (data.products.nodes.length === 0 || (errors !== undefined) !== isIll) throw new Error(`a wrong answer: ${body}`)
  }
  return summaryOf(latencies, performance.now() - start)
}
