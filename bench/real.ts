import { subgraphs } from '../schema/subgraphs.ts'
import { startChild } from '../test/support/child.ts'
import { hasRedis, startRedis } from '../test/support/redis.ts'
import { clientOf } from '../test/support/graph-client.ts'
import type { GatewaySetup } from './servers.ts'
import type { Operation } from './small/operations.ts'
import { variablePrefix } from '../platform/identity/subgraph-keys.ts'

const PASSPORT_KEY = 'a passport key that is long enough for all'

export const STOREFRONT = `query Storefront($first: Int! = 20, $orderBy: ProductOrder) {
  products(first: $first, orderBy: $orderBy) { nodes { id name price { amount currencyCode } availableQuantity } pageInfo { hasNextPage } }
}`

/** Our own subgraphs with their PostgreSQL and demo data, in one process. */
export async function startRealWorld(
  dataDir: string,
  resources: AsyncDisposableStack,
): Promise<GatewaySetup & { operations: Operation[] }> {
  const keys = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, PASSPORT_KEY]))
  const ports = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PORT`, '0']))
  const redisUrl = hasRedis ? resources.use(await startRedis()).url : undefined
  const child = resources.use(
    startChild(['start.ts'], {
      ...keys,
      ...ports,
      ...(redisUrl && { REDIS_URL: redisUrl }),
      PORT: '0',
      DATA_DIR: dataDir,
      LOG_LEVEL: 'error',
    }),
  )
  const graphql = await child.says(/GraphQL\s+(http:\S+)/)
  const addresses: [string, string][] = []
  for (const { name } of subgraphs) {
    const port = await child.says(new RegExp(`subgraphs/${name} \\(listens on (\\d+)\\)`))
    addresses.push([`${variablePrefix(name)}_URL`, `http://127.0.0.1:${port}/graphql`])
  }
  const { data } = await clientOf(graphql).send(STOREFRONT)
  return {
    supergraph: 'schema/supergraph.graphql',
    dataDir,
    redisUrl,
    environment: { ...keys, ...Object.fromEntries(addresses), ACCESS_TOKEN_KEYS: '[]' },
    operations: [
      {
        name: 'storefront',
        description: 'our products and stock, on PostgreSQL',
        requests: [{ query: STOREFRONT, variables: {}, data }],
        concurrency: 32,
      },
    ],
  }
}
