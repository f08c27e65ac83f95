import { spawn } from 'node:child_process'
import { startGateway, type RunningGateway } from '../gateway/index.ts'
import { demoExplorers } from '../gateway/pages/demo-explorers.ts'
import { gatewaySettings } from '../gateway/settings.ts'
import { readSupergraph, type SupergraphFile } from '../gateway/supergraph/supergraph.ts'
import type { KnownSubgraph } from '../gateway/subgraphs/subgraph-clients.ts'
import { openSharedCache } from '../platform/cache/open-cache.ts'
import { passportKeysOf, variablePrefix } from '../platform/identity/subgraph-keys.ts'
import { runProcess } from '../platform/process/run-process.ts'
import { readSettings } from '../platform/process/settings.ts'
import { StartError } from '../platform/process/start-error.ts'
import { CompositionError } from '../schema/files.ts'
import { affectedBy } from './affected.ts'
import { Part } from './part.ts'
import { watchFiles } from './watch-files.ts'
import { oneSubgraph, wholeWorld, type DevWorld } from './world.ts'

const READY = /listens on (http:\S+)/
const say = (text: string) => void process.stdout.write(`${text}\n`)

/** What runs, and how to serve what has changed. */
interface Running {
  world: DevWorld
  parts: Map<string, Part>
  worker: Part | undefined
  gateway: RunningGateway
  supergraph: SupergraphFile
  /** Files that were saved, and could not be served. */
  unserved: ReadonlySet<string>
  dataDir: string
}

/** Everything from source, made anew when it changes: `npm run dev`; one subgraph alone: `npm run dev -- users`. */
await runProcess(async (resources) => {
  const only = process.argv[2]
  const world = only === undefined ? await wholeWorld(resources) : await oneSubgraph(only)
  const running = await start(world, resources)
  let work = Promise.resolve()
  const folders = ['schema', 'subgraphs', 'gateway', 'platform']
  resources.use(watchFiles(folders, (files) => void (work = work.then(() => renew(running, files)))))
  say(
    `GraphQL at http://localhost:${running.gateway.port}/graphql, made anew when a file in schema/ or subgraphs/ is saved.`,
  )
})

async function start(world: DevWorld, resources: AsyncDisposableStack): Promise<Running> {
  const settings = readSettings(gatewaySettings)
  const supergraph = await firstSupergraph(world)
  const parts = new Map(world.names.map((name) => [name, resources.use(partOf(name, world))]))
  await Promise.all([...parts.values()].map((part) => part.start()))
  const worker = world.hasWorker ? resources.use(workerOf(world)) : undefined
  await worker?.start()
  const gateway = resources.use(
    await startGateway({
      ...settings,
      port: process.env.PORT ? settings.port : world.port,
      cache: resources.use(await openSharedCache(settings)) ?? null,
      usageDatabaseUrl: undefined,
      supergraph,
      subgraphs: await addressesOf(supergraph, parts, settings.dataDir),
      explorers: demoExplorers(),
    }),
  )
  return { world, parts, worker, gateway, supergraph, unserved: new Set(), dataDir: settings.dataDir }
}

async function composed(world: DevWorld): Promise<SupergraphFile> {
  return readSupergraph(await world.compose(), 'what the schema files compose to')
}

/** At the start there is nothing else that could be served. @throws StartError when the schema files do not compose. */
async function firstSupergraph(world: DevWorld): Promise<SupergraphFile> {
  try {
    return await composed(world)
  } catch (error) {
    throw error instanceof CompositionError ? new StartError(reasonOf(error), { cause: error }) : error
  }
}

function partOf(name: string, { databaseUrl }: DevWorld): Part {
  const environment = { ...process.env, DATABASE_URL: databaseUrl, DRAIN_SECONDS: '0' }
  return new Part(['subgraphs/main.ts', name], { ...environment, [`${variablePrefix(name)}_PORT`]: '0' }, READY)
}

function workerOf({ databaseUrl }: DevWorld): Part {
  return new Part(['subgraphs/worker.ts'], { ...process.env, DATABASE_URL: databaseUrl }, /carries events/)
}

function addressesOf(
  { subgraphs }: SupergraphFile,
  parts: ReadonlyMap<string, Part>,
  dataDir: string,
): Promise<KnownSubgraph[]> {
  return Promise.all(
    subgraphs.map(async ({ name, url }) => ({
      name,
      url: parts.get(name)?.said ?? url,
      passportKeys: await passportKeysOf(name, undefined, dataDir),
    })),
  )
}

/** Makes anew what some files are part of. What is broken is told, and what was there before goes on. */
async function renew(running: Running, files: Set<string>): Promise<void> {
  const { world, parts, worker, gateway, dataDir } = running
  const { isSchema, subgraphs, isOutside, isOutdated } = affectedBy([...files, ...running.unserved], world.names)
  if (isOutdated) {
    running.unserved = new Set([...running.unserved, ...files])
    return say('Subgraphs were added or taken away: start npm run dev again. What was there before is served on.')
  }
  if (isOutside) say('gateway/ or platform/ has changed: start npm run dev again to run that.')
  if (!isSchema && subgraphs.size === 0) return
  const begin = performance.now()
  try {
    const supergraph = isSchema ? await composed(world) : running.supergraph
    const starts = await Promise.allSettled([...subgraphs].map((name) => parts.get(name)?.start()))
    const failure = starts.find((each) => each.status === 'rejected')
    // Those that did start are used, with the supergraph that all can answer for.
    const served = failure ? running.supergraph : supergraph
    await gateway.serve({ supergraph: served, subgraphs: await addressesOf(served, parts, dataDir) })
    running.supergraph = served
    if (failure) throw failure.reason
    running.unserved = new Set()
    say(`Served anew after ${((performance.now() - begin) / 1_000).toFixed(1)} s: supergraph ${supergraph.version}.`)
    if (isSchema) makeTypes()
    await worker?.start()
  } catch (error) {
    // They are made anew with what is saved next.
    running.unserved = new Set([...running.unserved, ...files])
    say(`${reasonOf(error)}\nWhat was there before is served on.`)
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof CompositionError) return error.asText()
  if (error instanceof StartError) return error.message
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

/** Nothing waits for types: what runs does without. */
function makeTypes(): void {
  const codegen = ['node_modules/.bin/graphql-codegen', '--config', 'codegen.ts', '--silent']
  spawn(process.execPath, codegen, { stdio: 'inherit' }).on('exit', (code) => {
    if (code === 0) say('Types are made anew.')
  })
}
