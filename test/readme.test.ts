import { execFile, execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGraph, type TestGraph } from './support/start-graph.ts'

const ROOT = join(import.meta.dirname, '..')
const readme = await readFile(join(ROOT, 'README.md'), 'utf8')
const blocksOf = (language: string) =>
  [...readme.matchAll(new RegExp(`\`\`\`${language}\n([^]*?)\n\`\`\``, 'g'))].map(([, text = '']) => text)

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
})
afterAll(() => graph[Symbol.asyncDispose]())

test('the curl command gives the answer that stands below it', async () => {
  const command = blocksOf('sh').find((text) => text.startsWith('curl')) ?? ''
  const { stdout } = await promisify(execFile)('sh', ['-c', command.replace('http://localhost:4000', graph.origin)])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(blocksOf('json')[0] ?? ''))
})

test('the queries work, one after the other', async () => {
  const [signIn = '', query = ''] = blocksOf('graphql')
  const { accessToken } = (await graph.anonymous.data(signIn)).signIn.tokens
  const { viewer } = await graph.clientWith(accessToken).data(query)
  expect(viewer.todos.nodes).toHaveLength(5)
})

test('every npm command is there', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'))
  const named = [...readme.matchAll(/npm run (?:--silent )?([a-z][\w:-]*)/g)].map(([, name]) => name)
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((name) => !(name && name in scripts))).toEqual([])
})

test('every file and folder that is linked is there', () => {
  const linked = [...readme.matchAll(/\]\(([^)#][^)]*)\)/g)]
    .map(([, path = '']) => path)
    .filter((path) => !path.startsWith('http'))
  expect(linked.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
})

test('every setting is listed, and every listed one is read', async () => {
  const files = execFileSync(
    'git',
    ['ls-files', '-co', '--exclude-standard', 'platform', 'gateway', 'subgraphs', 'dev'],
    {
      cwd: ROOT,
      encoding: 'utf8',
    },
  )
    .trim()
    .split('\n')
  const code = (
    await Promise.all(
      files.filter((file) => file.endsWith('.ts')).map((file) => readFile(join(ROOT, file), 'utf8').catch(() => '')),
    )
  ).join('\n')
  const read = [...code.matchAll(/setting\(\s*'([A-Z_]+)'/g)].map(([, name = '']) => name)
  const table = readme.slice(readme.indexOf('## Settings'), readme.indexOf('## Production'))
  const listed = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap(([, cell = '']) =>
    [...cell.matchAll(/`([A-Z_]+)`/g)].map(([, name = '']) => name),
  )
  expect(read.length).toBeGreaterThan(8)
  expect(read.filter((name) => !listed.includes(name))).toEqual([])
  const ofSubgraphs = listed.filter((name) => /^(USERS|TODOS|PRODUCTS|ORDERS)_/.test(name))
  expect(listed.filter((name) => !ofSubgraphs.includes(name)).sort()).toEqual([...new Set(read)].sort())
  for (const name of ofSubgraphs) expect(code).toContain(`}${name.slice(name.indexOf('_'))}\``)
})
