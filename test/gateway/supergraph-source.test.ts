import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { composeSmallWorld, names } from '../../bench/small/schema.ts'
import { supergraphVersion } from '../../platform/graphql/supergraph-version.ts'
import { newFolder } from '../support/folder.ts'
import { startChild } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'

const world = new AsyncDisposableStack()
let resources = new AsyncDisposableStack()
let sdl: string
let folder: string
beforeAll(async () => {
  const subgraphs = world.use(startChild(['bench/small/subgraphs.ts'], {}))
  const ports: Record<string, number> = JSON.parse(await subgraphs.says(/(\{.*\})/))
  sdl = composeSmallWorld(Object.fromEntries(names.map((name) => [name, `http://127.0.0.1:${ports[name]}/graphql`])))
  folder = await newFolder(world)
})
afterEach(async () => {
  await resources.disposeAsync()
  resources = new AsyncDisposableStack()
})
afterAll(() => world.disposeAsync())

/** A server of a supergraph, with an ETag. */
async function serve() {
  const state = { sdl, status: 200, answers: [] as number[] }
  const server = createServer((request, response) => {
    const etag = `"${supergraphVersion(state.sdl)}"`
    const status = state.status === 200 && request.headers['if-none-match'] === etag ? 304 : state.status
    state.answers.push(status)
    response.writeHead(status, { etag }).end(status === 200 ? state.sdl : '')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  resources.defer(() => void server.close())
  const address = server.address()
  return { state, url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/supergraph.graphql` }
}

const startGateway = (source: string, dataDir = folder) =>
  resources.use(
    startChild(['gateway/main.ts'], { SUPERGRAPH: source, DATA_DIR: dataDir, PORT: '0', DRAIN_SECONDS: '0' }),
  )

async function versionsOf(url: string) {
  const ready = await (await fetch(new URL('/ready', url))).json()
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: 'query ($id: ID!) { item(id: $id) { name } }', variables: { id: '1' } }),
  })
  return [ready.supergraph, answer.headers.get('x-supergraph'), (await answer.json()).data?.item?.name]
}

test('a supergraph from a URL is asked for by its ETag, told by its version, and swapped when it is another', async () => {
  const { state, url } = await serve()
  const gateway = startGateway(url)
  const address = await gateway.says(/listens on (http:\S+)/)
  expect(await versionsOf(address)).toEqual([supergraphVersion(sdl), supergraphVersion(sdl), 'Item 1'])
  await eventually(async () => expect(state.answers).toContain(304), 15_000)
  state.sdl = sdl.replaceAll('isOnSale: Boolean!', 'isOnSale: Boolean')
  await eventually(async () => expect((await versionsOf(address))[0]).toBe(supergraphVersion(state.sdl)), 15_000)
  state.sdl = 'type {'
  await gateway.says(/(cannot be served, and the one before is served on)/)
  expect((await versionsOf(address))[2]).toBe('Item 1')
}, 60_000)

test('while its source is away or broken, a gateway starts with the last good supergraph of that source', async () => {
  const { state, url } = await serve()
  const first = startGateway(url)
  await first.says(/listens on (http:\S+)/)
  await first.end('SIGTERM')
  state.status = 500
  const again = startGateway(url)
  expect((await versionsOf(await again.says(/listens on (http:\S+)/)))[0]).toBe(supergraphVersion(sdl))
  expect(again.output()).toContain('the last good one is')
  await again.end('SIGTERM')
  const file = join(folder, 'supergraph.graphql')
  await writeFile(file, sdl)
  const fromFile = startGateway(file)
  await fromFile.says(/listens on (http:\S+)/)
  await fromFile.end('SIGTERM')
  expect(await readFile(join(folder, 'last-supergraph.graphql'), 'utf8')).toContain(JSON.stringify(file))
  await writeFile(file, 'type {')
  expect((await versionsOf(await startGateway(file).says(/listens on (http:\S+)/)))[2]).toBe('Item 1')
}, 60_000)

test('without a last good one, a source that is away ends the start in a sentence', async () => {
  const gateway = startGateway('http://127.0.0.1:1/supergraph.graphql', join(folder, 'empty'))
  expect(await gateway.ended()).toBe(1)
  expect(gateway.errors()).toBe('The supergraph http://127.0.0.1:1/supergraph.graphql cannot be reached.\n')
})
