import { runningEmbeddedUrl } from '../platform/postgres/embedded/running-server.ts'
import { startEmbeddedPostgres } from '../platform/postgres/embedded/server.ts'
import { commonSettings } from '../platform/process/common-settings.ts'
import { urlOf } from '../platform/process/setting-types.ts'
import { readSettings, setting } from '../platform/process/settings.ts'
import { StartError } from '../platform/process/start-error.ts'
import { writeDemoDataOnce } from '../platform/subgraph/demo-data.ts'
import { migrateSubgraph, openDatabase, placeOf } from '../platform/subgraph/place.ts'
import { compose, writeComposition } from '../schema/compose.ts'
import { composeWith } from '../schema/compose-with.ts'
import { lint } from '../schema/lint/lint.ts'
import { inALine } from '../schema/problems.ts'
import { subgraphs, type SubgraphName } from '../schema/subgraphs.ts'
import { definitionOf } from '../subgraphs/all.ts'

/** What runs from source here. */
export interface DevWorld {
  names: SubgraphName[]
  databaseUrl: string
  /** Whether the worker runs here too; a supergraph that runs elsewhere has one. */
  hasWorker: boolean
  /** Composes what the schema files are now, and tells of what the check will refuse. @throws CompositionError when they do not compose. */
  compose: () => Promise<string>
  /** The gateway's port, unless PORT says another. */
  port: number
}

/** Everything, on the database of `npm start`. */
export async function wholeWorld(resources: AsyncDisposableStack): Promise<DevWorld> {
  const settings = readSettings(commonSettings)
  const databaseUrl =
    settings.databaseUrl ?? resources.use(await startEmbeddedPostgres({ dataDir: settings.dataDir })).url
  for (const { name } of subgraphs) {
    const place = placeOf(name, undefined, databaseUrl)
    const definition = definitionOf(name)
    await migrateSubgraph(definition, place)
    await using database = openDatabase(definition, place)
    await writeDemoDataOnce(definition, database)
  }
  return {
    names: subgraphs.map(({ name }) => name),
    databaseUrl,
    hasWorker: true,
    port: 4000,
    async compose() {
      const composition = await compose()
      await writeComposition(composition)
      for (const problem of lint(composition.documents))
        process.stdout.write(`npm run schema:check will refuse ${inALine(problem)}\n`)
      return composition.files['supergraph.graphql']
    },
  }
}

const supergraphUrl = {
  url: setting('SUPERGRAPH_URL', urlOf(['http', 'https']).default('http://localhost:4000')),
}

/** One subgraph; the others are those of a supergraph that runs. */
export async function oneSubgraph(asked: string): Promise<DevWorld> {
  const known = subgraphs.find(({ name }) => name === asked)
  if (!known) throw new StartError(`Say which subgraph: ${subgraphs.map(({ name }) => name).join(', ')}.`)
  const { common, supergraph } = readSettings({ common: commonSettings, supergraph: supergraphUrl })
  const running = await runningSupergraph(supergraph.url)
  const databaseUrl = common.databaseUrl ?? (await runningEmbeddedUrl(common.dataDir))
  if (!databaseUrl)
    throw new StartError('DATABASE_URL: must be set, unless an npm start of this folder runs, whose database is used.')
  const compose = () => composeWith(known.name, running)
  return { names: [known.name], databaseUrl, hasWorker: false, port: 0, compose }
}

/** The supergraph that a gateway serves in development, with the addresses where it finds its subgraphs. */
async function runningSupergraph(origin: string): Promise<string> {
  const url = new URL('/supergraph', origin).href
  const response = await fetch(url, { signal: AbortSignal.timeout(5_000) }).catch((error: unknown) => {
    throw new StartError(
      `No supergraph runs at ${origin}: run npm start in another terminal, or set SUPERGRAPH_URL to one that does.`,
      { cause: error },
    )
  })
  if (!response.ok)
    throw new StartError(`${url} answered ${response.status}: only a gateway in development tells its supergraph.`)
  return response.text()
}
