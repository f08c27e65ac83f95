import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { startGateway } from '../../gateway/index.ts'
import { limitSettings } from '../../gateway/limits/limit-settings.ts'
import { readSupergraph } from '../../gateway/supergraph/supergraph.ts'
import type { Cache } from '../../platform/cache/cache.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'
import type { Mode } from '../../platform/process/common-settings.ts'
import { readSettings } from '../../platform/process/settings.ts'
import { subgraphs, type SubgraphName } from '../../schema/subgraphs.ts'
import { BOTTOMLESS } from './bottomless.ts'
import type { Resources } from './resources.ts'
import type { TestGraph } from './start-graph.ts'

const KEY = 'a passport key that is long enough for all'

/** What a graph is started with, so that other gateways may ask its subgraphs. */
export const SHARED_KEYS = Object.fromEntries(
  subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, KEY]),
)

export interface IllSubgraphs {
  /** What stands in the place of some subgraphs: another one, whoever listens on a port, or nobody. */
  instead: Partial<Record<SubgraphName, RequestListener | number | 'dead'>>
  /** What the gateway signs the passports of all subgraphs with but users'. */
  key?: string
  /** Settings of limits. */
  environment?: NodeJS.ProcessEnv
  mode?: Mode
  jwksUrl?: string
  cache?: Cache | null
}

/** Starts another gateway over a graph's subgraphs, some of which are ill; gives its address. */
export async function startGatewayOver(
  graph: TestGraph,
  { instead, key = KEY, environment = {}, mode = 'development', jwksUrl, cache = null }: IllSubgraphs,
  resources: Resources,
): Promise<string> {
  const ports: Partial<Record<string, number>> = {}
  for (const [name, listener] of Object.entries(instead))
    ports[name] = typeof listener === 'number' ? listener : await startFake(listener, resources)
  const gateway = await startGateway({
    host: '127.0.0.1',
    port: 0,
    drainSeconds: 0,
    mode,
    trustedProxies: 0,
    corsOrigins: [],
    jwksUrl,
    explorers: [],
    cache,
    usageDatabaseUrl: undefined,
    usageSample: 0,
    persistedOperations: 'apq',
    operationsManifest: '',
    limits: readSettings(limitSettings, { ...BOTTOMLESS, ...environment }),
    supergraph: readSupergraph(await readFile('schema/supergraph.graphql', 'utf8'), 'the supergraph'),
    subgraphs: subgraphs.map(({ name }) => ({
      name,
      url: `http://127.0.0.1:${ports[name] ?? graph.subgraphPorts[name]}/graphql`,
      passportKeys: [name === 'users' ? KEY : key] as [string],
    })),
  })
  resources.use(gateway)
  return `http://127.0.0.1:${gateway.port}/graphql`
}

async function startFake(listener: RequestListener | 'dead', resources: Resources): Promise<number> {
  const fake = createServer(listener === 'dead' ? undefined : listener).listen(0, '127.0.0.1')
  await once(fake, 'listening')
  const address = fake.address()
  if (listener === 'dead') fake.close()
  resources.defer(() => {
    fake.closeAllConnections()
    fake.close()
  })
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** Answers every request with the same. */
export const answering =
  (status: number, body: string, type = 'application/json'): RequestListener =>
  (_, response) => {
    response.writeHead(status, { 'content-type': type })
    response.end(body)
  }
