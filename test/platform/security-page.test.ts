import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'

test('every test that SECURITY.md names is there, and every command', async () => {
  const page = await readFile('SECURITY.md', 'utf8')
  const { scripts } = JSON.parse(await readFile('package.json', 'utf8'))
  const files = [...page.matchAll(/\]\(([\w/.-]+)\)/g)].map(([, file = '']) => file)
  expect(files.length).toBeGreaterThan(20)
  expect(files.filter((file) => !existsSync(file))).toEqual([])
  const commands = [...page.matchAll(/`npm run ([\w:]+)/g)].map(([, name = '']) => name)
  expect(commands.filter((name) => !(name in scripts))).toEqual([])
})
