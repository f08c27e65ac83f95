import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool } from 'undici'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { subgraphs } from '../../schema/subgraphs.ts'
import { Random } from '../chaos/random.ts'
import { newFolder } from '../support/folder.ts'
import { startChild, type Child } from '../support/child.ts'
import { freePort } from '../support/free-port.ts'
import { hasRedis, startRedis } from '../support/redis.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { createCrowd, type Crowd, type Marked } from './crowd.ts'
import { randomOperation } from './operations.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

const REQUESTS = Number(process.env.LEAK_REQUESTS ?? 100_000)
const AT_ONCE = 32
const PEOPLE = 12
const KEY = 'a passport key that is long enough for all'

const resources = new AsyncDisposableStack()
let crowd: Crowd
let folder: string
let supergraph: string
let environment: NodeJS.ProcessEnv

/** Subgraphs here, and a gateway in a process of its own that is killed and given another supergraph meanwhile. */
beforeAll(async () => {
  if (!hasRedis) return
  folder = await newFolder(resources)
  const redis = resources.use(await startRedis())
  const keys = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, KEY]))
  const graph = resources.use(await startGraph({ hasDemoData: true, environment: { ...keys, REDIS_URL: redis.url } }))
  crowd = await createCrowd(graph, PEOPLE)
  supergraph = await supergraphOf(graph)
  await save(supergraph)
  environment = {
    ...keys,
    REDIS_URL: redis.url,
    SUPERGRAPH: join(folder, 'supergraph.graphql'),
    DATA_DIR: folder,
    PORT: String(await freePort()),
    LOG_LEVEL: 'silent',
  }
})
afterAll(() => resources.disposeAsync())

async function supergraphOf({ subgraphPorts }: TestGraph): Promise<string> {
  const text = await readFile('schema/supergraph.graphql', 'utf8')
  return subgraphs.reduce((sdl, { name, port }) => sdl.replaceAll(`:${port}/`, `:${subgraphPorts[name]}/`), text)
}

async function save(text: string): Promise<void> {
  await writeFile(join(folder, 'draft'), text)
  await rename(join(folder, 'draft'), join(folder, 'supergraph.graphql'))
}

interface Seen {
  answered: number
  /** Answers that held something of the viewer's own. */
  own: number
  hits: number
  leaks: string[]
}

/** What an answer holds that is somebody's own: marks in texts, and ids of orders. */
function marksIn(text: string): Set<string> {
  const orders = (text.match(/order_[0-9a-z]{26}/g) ?? []).flatMap((id) => crowd.orders.get(id) ?? [])
  return new Set([...(text.match(/mark\d+x/g) ?? []), ...orders])
}

async function askOnce(pool: Pool, random: Random, seen: Seen): Promise<void> {
  const someone: Marked | null = random.between(0, 1) === 0 ? null : random.pick(crowd.people)
  const { query, variables } = randomOperation(crowd.things, random, someone?.mark ?? 'nobody', 3)
  const abort = new AbortController()
  // One in a hundred goes away before it is answered.
  if (random.between(1, 100) === 1) setTimeout(() => abort.abort(), random.between(0, 10))
  const { headers, body } = await pool.request({
    method: 'POST',
    path: '/graphql',
    signal: abort.signal,
    headers: {
      'content-type': 'application/json',
      ...(someone && { authorization: `Bearer ${someone.accessToken}` }),
      ...(random.between(0, 9) === 0 && { accept: 'application/graphql-response+json' }),
    },
    body: JSON.stringify({ query, variables, ...(random.between(0, 9) === 0 && { extensions: { odd: true } }) }),
  })
  const text = await body.text()
  seen.answered++
  const marks = marksIn(text)
  const own = someone ? marks.delete(someone.mark) : false
  if (own) seen.own++
  if (headers['x-cache'] === 'HIT') seen.hits++
  const policy = String(headers['cache-control'])
  if (marks.size > 0) seen.leaks.push(`${someone?.mark ?? 'nobody'} saw ${[...marks].join()}: ${query} ${text}`)
  if (own && !/private|no-store/.test(policy)) seen.leaks.push(`${policy} for ${query} ${text}`)
}

async function crowdAsks(origin: string, seen: Seen, seed: number): Promise<void> {
  await using pool = disposable(new Pool(origin, { connections: 1 }))
  const random = new Random(seed)
  while (seen.answered < REQUESTS && seen.leaks.length === 0) {
    // While the gateway starts again there is nobody to ask.
    await askOnce(pool.it, random, seen).catch(() => sleep(5))
  }
}

const disposable = (pool: Pool) => ({ it: pool, [Symbol.asyncDispose]: () => pool.destroy() })

/** Kills the gateway, stops it in an orderly way, and gives it another supergraph, in turns. */
async function disturb(isOver: () => boolean): Promise<void> {
  const start = () => startChild(['gateway/main.ts'], environment)
  let gateway: Child = start()
  for (let round = 0; !isOver(); round++) {
    await sleep(4_000)
    if (round % 3 === 2) {
      await gateway.end(round % 2 === 0 ? 'SIGKILL' : 'SIGTERM')
      gateway = start()
    } else await save(supergraph.replace('Something to do.', `Something to do, ${round % 6 === 0 ? round : 'again'}.`))
  }
  await gateway.end('SIGTERM')
}

test.runIf(hasRedis)(
  'no answer holds what is another viewer’s',
  async () => {
    const seen: Seen = { answered: 0, own: 0, hits: 0, leaks: [] }
    const isOver = () => seen.answered >= REQUESTS || seen.leaks.length > 0
    const disturbing = disturb(isOver)
    const origin = `http://127.0.0.1:${environment.PORT}`
    await Promise.all(Array.from({ length: AT_ONCE }, (_, seed) => crowdAsks(origin, seen, seed)))
    await disturbing
    expect(seen.leaks).toEqual([])
    expect(seen.answered).toBeGreaterThanOrEqual(REQUESTS)
    expect(seen.own).toBeGreaterThan(REQUESTS * 0.1)
    expect(seen.hits).toBeGreaterThan(REQUESTS * 0.1)
  },
  900_000,
)
