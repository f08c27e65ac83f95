import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { readSupergraph } from '../../gateway/supergraph/supergraph.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'
import { subgraphs, type SubgraphName } from '../../schema/subgraphs.ts'
import { startTestGateway, type TestGateway } from './gateway.ts'
import type { Resources } from './resources.ts'
import type { TestGraph } from './start-graph.ts'

const KEY = 'a passport key that is long enough for all'

/** What a graph is started with, so that other gateways may ask its subgraphs. */
export const SHARED_KEYS = Object.fromEntries(
  subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, KEY]),
)

export interface IllSubgraphs extends Omit<TestGateway, 'supergraph' | 'subgraphs'> {
  /** What stands in the place of some subgraphs: another one, whoever listens on a port, or nobody. */
  instead: Partial<Record<SubgraphName, RequestListener | number | 'dead'>>
  /** What the gateway signs the passports of all subgraphs with but users'. */
  key?: string
}

/** Starts another gateway over a graph's subgraphs, some of which are ill; gives its address. */
export async function startGatewayOver(
  graph: TestGraph,
  { instead, key = KEY, ...settings }: IllSubgraphs,
  resources: Resources,
): Promise<string> {
  const ports: Partial<Record<string, number>> = {}
  for (const [name, listener] of Object.entries(instead))
    ports[name] = typeof listener === 'number' ? listener : await startFake(listener, resources)
  return startTestGateway(
    {
      ...settings,
      supergraph: readSupergraph(await readFile('schema/supergraph.graphql', 'utf8'), 'the supergraph'),
      subgraphs: subgraphs.map(({ name }) => ({
        name,
        url: `http://127.0.0.1:${ports[name] ?? graph.subgraphPorts[name]}/graphql`,
        passportKeys: [name === 'users' ? KEY : key] as [string],
      })),
    },
    resources,
  )
}

/** Starts a fake subgraph, or takes a port on which nobody listens; gives the port. */
export async function startFake(listener: RequestListener | 'dead', resources: Resources): Promise<number> {
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
