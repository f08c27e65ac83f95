import { subgraphs } from '../../schema/subgraphs.ts'
import { startSupergraph } from '../../start.ts'
import { newFolder } from './folder.ts'
import { UNHURRIED } from './bottomless.ts'
import { createDatabase, type TestDatabase } from './database.ts'
import { clientOf, type GraphClient } from './graph-client.ts'
import { createPeople, type People } from './people.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

/** A supergraph of a test's own. */
export interface TestGraph extends AsyncDisposable, People {
  origin: string
  dataDir: string
  database: TestDatabase
  subgraphPorts: Record<string, number>
  /** A client that nobody is signed in at. */
  anonymous: GraphClient
  /** A client that sends an access token. */
  clientWith: (accessToken: string, headers?: Record<string, string>) => GraphClient
}

/** Starts every part on free ports, with a database cloned from a migrated template, or one that another graph has. */
export async function startGraph({
  hasDemoData = false,
  environment = {},
  database: shared,
}: { hasDemoData?: boolean; environment?: NodeJS.ProcessEnv; database?: TestDatabase } = {}): Promise<TestGraph> {
  await using started = new AsyncDisposableStack()
  const database = shared ?? started.use(await createDatabase())
  const dataDir = await newFolder(started)
  const ports = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PORT`, '0']))
  const options = {
    environment: { ...ports, ...UNHURRIED, PORT: '0', DATA_DIR: dataDir, ...environment },
    databaseUrl: database.url,
    hasDemoData,
  }
  const { gatewayPort, subgraphPorts } = await startSupergraph(options, started)
  const origin = `http://127.0.0.1:${gatewayPort}`
  const clientWith = (accessToken: string, headers = {}) =>
    clientOf(`${origin}/graphql`, { authorization: `Bearer ${accessToken}`, ...headers })
  const anonymous = clientOf(`${origin}/graphql`)
  const releases = started.move()
  return {
    origin,
    dataDir,
    database,
    subgraphPorts,
    anonymous,
    clientWith,
    ...createPeople(anonymous, clientWith, database),
    [Symbol.asyncDispose]: () => releases.disposeAsync(),
  }
}
