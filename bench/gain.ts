import { setTimeout as sleep } from 'node:timers/promises'
import { startEmbeddedPostgres } from '../platform/postgres/embedded/server.ts'
import { subgraphs } from '../schema/subgraphs.ts'
import { startSupergraph } from '../start.ts'
import { costOf } from '../test/support/counters.ts'
import { clientOf, type GraphClient } from '../test/support/graph-client.ts'
import { SIGN_IN } from '../test/support/people.ts'
import { startRedis, type TestRedis } from '../test/support/redis.ts'
import { median } from './report.ts'
import { variablePrefix } from '../platform/identity/subgraph-keys.ts'

const CUSTOMER = { email: 'customer@example.com', password: 'correct horse battery staple' }
const FLAGSHIP =
  '{ viewer { todos { nodes { id title } } orders { nodes { id number lines { quantity product { id name } } } } } }'
const STOREFRONT =
  '{ products(first: 20) { nodes { id name price { amount currencyCode } availableQuantity } pageInfo { hasNextPage } } }'
const COLD = 10
const WARM = 100
/** Longer than a gateway remembers anything beside Redis, in ms. */
const FORGOTTEN = 600

interface Asked {
  statements: number
  fetches: number
  /** In ms. */
  time: number
}

/** What the cache spares: statements, fetches and time of a request, cold and warm, as a table in Markdown. */
export async function gain(dataDir: string): Promise<string> {
  await using resources = new AsyncDisposableStack()
  const postgres = resources.use(await startEmbeddedPostgres({ dataDir }))
  const redis = resources.use(await startRedis())
  const ports = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PORT`, '0']))
  const environment = { ...ports, PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'error', REDIS_URL: redis.url }
  const options = { environment, databaseUrl: postgres.url, hasDemoData: true }
  const { gatewayPort } = await startSupergraph(options, resources)
  const url = `http://127.0.0.1:${gatewayPort}/graphql`
  const { data } = await clientOf(url).send(SIGN_IN, { input: CUSTOMER })
  const customer = clientOf(url, { authorization: `Bearer ${data.signIn.tokens.accessToken}` })
  return [
    '\n| | | SQL statements | fetches | ms |\n|---|---|---|---|---|',
    ...(await rowsOf('a user’s todos and orders with products', customer, FLAGSHIP, redis)),
    ...(await rowsOf('20 products with stock', clientOf(url), STOREFRONT, redis)),
    '',
  ].join('\n')
}

async function rowsOf(name: string, client: GraphClient, query: string, redis: TestRedis): Promise<string[]> {
  // Planned before, so that what is measured is the cache.
  await client.send(query)
  const cold: Asked[] = []
  for (let count = 0; count < COLD; count++) {
    await redis.run('flushall')
    await sleep(FORGOTTEN)
    cold.push(await ask(client, query))
  }
  const warm: Asked[] = []
  for (let count = 0; count < WARM; count++) warm.push(await ask(client, query))
  return [row(name, 'cold', cold), row(name, 'warm', warm)]
}

async function ask(client: GraphClient, query: string): Promise<Asked> {
  const begin = performance.now()
  const { statements, fetches } = await costOf(() => client.send(query))
  return { statements, fetches, time: performance.now() - begin }
}

function row(name: string, state: string, asked: Asked[]): string {
  const of = (column: keyof Asked) => median(asked.map((each) => each[column]))
  return `| ${name} | ${state} | ${of('statements')} | ${of('fetches')} | ${of('time').toFixed(1)} |`
}
