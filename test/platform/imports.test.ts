import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { expect, test } from 'vitest'
import { subgraphs } from '../../schema/subgraphs.ts'

const ROOT = join(import.meta.dirname, '../..')
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { cwd: ROOT, encoding: 'utf8' })
  .trim()
  .split('\n')
  .filter((file) => existsSync(join(ROOT, file)))

/** Every import between files of the project: from, to, and whether it is of types alone, which are gone at run time. */
const imports = (
  await Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(ROOT, file), 'utf8').catch(() => '')
      const found = text.matchAll(
        /^(?:import|export)( type)?[^'\n]*(?:\n[^'\n]+)*? from '(\.[^']+)'|import\('(\.[^']+)'\)/gm,
      )
      return [...found].map(
        ([, type, from = '', dynamic = '']) =>
          [file, normalize(join(dirname(file), from || dynamic)), Boolean(type)] as const,
      )
    }),
  )
).flat()

/** Files that start a process, and what these share: they may import any room, and no room imports them. */
const isRoot = (file: string) =>
  /^(start|codegen|vitest\.config|gateway\/main|dev\/[\w-]+|schema\/main|deploy\/[\w-]+|subgraphs\/[\w-]+)\.ts$/.test(
    file,
  )

/** What tests and measures the rooms from outside. */
const isOutside = (file: string) => file.startsWith('test/') || file.startsWith('bench/')

const roomOf = (file: string) =>
  file.startsWith('subgraphs/') ? file.split('/').slice(0, 2).join('/') : (file.split('/')[0] ?? '')

test('imports run one way: roots to rooms, rooms to the platform', () => {
  const wrong = imports.filter(([from, to]) => {
    if (isRoot(from) || isOutside(from)) return false
    if (roomOf(from) === roomOf(to)) return false
    return !to.startsWith('platform/')
  })
  expect(wrong).toEqual([])
})

test('no room imports what starts a process', () => {
  const isRoom = (file: string) => !isRoot(file) && !isOutside(file)
  expect(imports.filter(([from, to]) => isRoom(from) && isRoot(to))).toEqual([])
})

test('there is no circle of imports', () => {
  const next = Map.groupBy(
    imports.filter(([, , isType]) => !isType),
    ([from]) => from,
  )
  const done = new Set<string>()
  const visit = (file: string, path: string[]): void => {
    expect(path, `a circle: ${[...path, file].join(' → ')}`).not.toContain(file)
    if (done.has(file)) return
    for (const [, to] of next.get(file) ?? []) visit(to, [...path, file])
    done.add(file)
  }
  for (const file of files) visit(file, [])
})

test('every subgraph has the same files', () => {
  const shape = [
    'context.ts',
    'demo-data.ts',
    'generated.ts',
    'index.ts',
    'loaders.ts',
    'resolvers.ts',
    'service.ts',
    'store.ts',
  ]
  for (const { name } of subgraphs) {
    const own = files.filter((file) => file.startsWith(`subgraphs/${name}/`)).map((file) => file.split('/')[2])
    for (const file of shape) expect(own, name).toContain(file)
  }
})

test('SQL is in stores alone, and in what speaks to PostgreSQL', async () => {
  const sql = /[`']\s*(select|insert into|update|delete from|with) [a-z_$(*]/
  const strangers: string[] = []
  const isOthers = (file: string) => !file.endsWith('store.ts') && !file.startsWith('platform/postgres/')
  for (const file of files.filter((name) => /^(gateway|subgraphs|platform)\//.test(name) && isOthers(name))) {
    if (sql.test(await readFile(join(ROOT, file), 'utf8'))) strangers.push(file)
  }
  expect(strangers).toEqual([])
})
