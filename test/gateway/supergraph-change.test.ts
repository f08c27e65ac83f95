import { readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { composeSmallWorld, names } from '../../bench/small/schema.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { newFolder } from '../support/folder.ts'
import { startChild, type Child } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

const resources = new AsyncDisposableStack()
let folder: string
let supergraph: string
let gateway: Child
let client: GraphClient

/** A gateway in a process of its own, which serves a file that tests change. */
beforeAll(async () => {
  folder = await newFolder(resources)
  const subgraphs = resources.use(startChild(['bench/small/subgraphs.ts'], {}))
  const ports: Record<string, number> = JSON.parse(await subgraphs.says(/(\{.*\})/))
  supergraph = composeSmallWorld(
    Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${ports[name]}/graphql`])),
  )
  await save(supergraph)
  const environment = { SUPERGRAPH: join(folder, 'supergraph.graphql'), DATA_DIR: folder, PORT: '0', DEBUG: 'plan' }
  gateway = resources.use(startChild(['gateway/main.ts'], environment))
  client = clientOf(await gateway.says(/listens on (http:\S+)/))
})
afterAll(() => resources.disposeAsync())

/** Puts a file in the place of the one that is served, as a whole. */
async function save(text: string): Promise<void> {
  await writeFile(join(folder, 'draft'), text)
  await rename(join(folder, 'draft'), join(folder, 'supergraph.graphql'))
}

/** The supergraph with another field of items in the place of `description`. */
const renamed = () => supergraph.replaceAll('description: String!', 'isOnSaleToo: Boolean!')

const ITEM = 'query ($id: ID!) { item(id: $id) { name price } }'
const ONE = { id: '1' }
const plans = () => gateway.output().split('QueryPlan {').length - 1

test('a changed supergraph is served without losing a request, with the busiest operations ready', async () => {
  const state = { isOver: false, asked: 0, failed: 0 }
  const load = Array.from({ length: 8 }, async () => {
    while (!state.isOver) {
      const { data, errors } = await client.send(ITEM, ONE).catch(() => ({ data: null, errors: [] }))
      state.asked++
      if (errors.length > 0 || data?.item?.name !== 'Item 1') state.failed++
    }
  })
  for (const [text, field] of [
    [renamed(), 'isOnSaleToo'],
    [supergraph, 'description'],
  ] as const) {
    await save(text)
    await eventually(async () =>
      expect((await client.send(`{ __type(name: "Item") { fields { name } } }`)).data.__type.fields).toContainEqual({
        name: field,
      }),
    )
  }
  const before = plans()
  await client.data(ITEM, ONE)
  await eventually(async () => expect(state.asked).toBeGreaterThan(100))
  state.isOver = true
  await Promise.all(load)
  expect(plans()).toBe(before)
  expect(state.failed).toBe(0)
})

test('a supergraph that is none is refused with the reason, and the one before is served on', async () => {
  await save('type Query { what: String }')
  await gateway.says(/cannot be served, and the one before is served on/)
  expect((await client.data(ITEM, ONE)).item.name).toBe('Item 1')
  await save(renamed())
  await eventually(async () => expect((await client.send('{ item(id: "1") { isOnSaleToo } }')).errors).toEqual([]))
})

test('a supergraph whose subgraphs are elsewhere knows who signed in there', async () => {
  const keys = Object.fromEntries(
    subgraphs.map(({ name }) => [
      `${variablePrefix(name)}_PASSPORT_KEYS`,
      'a passport key that is long enough for all',
    ]),
  )
  const graphs = [
    resources.use(await startGraph({ environment: keys })),
    resources.use(await startGraph({ environment: keys })),
  ]
  const [here, there] = await Promise.all(
    graphs.map(async (graph) => ({ supergraph: await supergraphOf(graph), token: (await graph.person()).accessToken })),
  )
  if (!here || !there) throw new Error('there are two')
  const file = join(folder, 'moving.graphql')
  await writeFile(file, here.supergraph)
  const moving = resources.use(
    startChild(['gateway/main.ts'], {
      ...keys,
      SUPERGRAPH: file,
      DATA_DIR: folder,
      PORT: '0',
      NODE_ENV: 'development',
    }),
  )
  const url = await moving.says(/listens on (http:\S+)/)
  const viewerWith = async (token: string) => {
    const { data } = await clientOf(url, { authorization: `Bearer ${token}` }).send('{ viewer { id } }')
    return data?.viewer?.id
  }
  expect(await viewerWith(here.token)).toMatch(/^user_/)
  expect(await viewerWith(there.token)).toBeUndefined()
  await writeFile(file, there.supergraph)
  await eventually(async () => expect(await viewerWith(there.token)).toMatch(/^user_/))
})

/** The supergraph with the addresses of a graph that runs. */
async function supergraphOf({ subgraphPorts }: TestGraph): Promise<string> {
  const text = await readFile('schema/supergraph.graphql', 'utf8')
  return subgraphs.reduce((sdl, { name, port }) => sdl.replaceAll(`:${port}/`, `:${subgraphPorts[name]}/`), text)
}
