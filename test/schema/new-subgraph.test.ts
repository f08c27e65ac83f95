import { execFileSync } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'

let copy: ProjectCopy
beforeAll(async () => {
  copy = await copyProject()
})
afterAll(() => copy[Symbol.asyncDispose]())

const status = () => execFileSync('git', ['status', '--short'], { cwd: copy.folder, encoding: 'utf8' })
const create = (...names: string[]) => copy.run('subgraphs/new-subgraph.ts', ...names)

test('a name that cannot be one, or is taken, is refused, and nothing is written', () => {
  for (const [names, message] of [
    [[], /^Give one name/],
    [['lemon-trees', 'ratings'], /^Give one name/],
    [['LemonTrees'], /plural in lower case/],
    [['users'], /is there already/],
    [['moneys'], /has Money or money already/],
  ] as const) {
    const { code, output } = create(...names)
    expect(code).toBe(1)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/\n\s+at /)
  }
  expect(status()).toBe('')
})

test('two new subgraphs compose, are formatted, keep the rules, and pass their tests at once', async () => {
  for (const name of ['lemon-trees', 'gift-cards']) expect(create(name)).toMatchObject({ code: 0 })
  const bin = (name: string, ...args: string[]) => copy.run(join('node_modules', name), ...args)
  expect(bin('oxfmt/bin/oxfmt', '--check', '.')).toMatchObject({ code: 0 })
  expect(bin('oxlint/bin/oxlint', '--deny-warnings')).toMatchObject({ code: 0 })
  expect(bin('typescript/bin/tsc')).toMatchObject({ code: 0 })
  for (const command of ['check', 'current']) expect(copy.run('schema/main.ts', command)).toMatchObject({ code: 0 })
  const tests = ['test/lemon-trees', 'test/gift-cards', 'test/deploy.test.ts', 'test/platform/imports.test.ts']
  expect(bin('vitest/vitest.mjs', 'run', ...tests)).toMatchObject({ code: 0 })
  const compose = await readFile(join(copy.folder, 'docker-compose.yml'), 'utf8')
  expect(compose).toMatch(/GIFT_CARDS_URL: http:\/\/gift-cards:40\d\d\/graphql/)
}, 180_000)
