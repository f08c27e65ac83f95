import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startChild } from '../support/child.ts'
import { copyProject, type ProjectCopy, type Ran } from '../support/project-copy.ts'
import { startGraph } from '../support/start-graph.ts'

let copy: ProjectCopy
beforeAll(async () => {
  copy = await copyProject()
})
afterAll(() => copy[Symbol.asyncDispose]())

/** Runs a command while this process answers it. */
async function runBeside(args: string[]): Promise<Ran> {
  await using child = startChild(args, {})
  const code = await child.ended()
  return { code: code ?? -1, output: child.output() + child.errors() }
}

describe('a base', () => {
  test('is a file or a URL too', async () => {
    const sdl = copy.runProgram('git', ['show', 'main:schema/supergraph.graphql']).output
    await writeFile(join(copy.folder, 'base.graphql'), sdl)
    const server = createServer((_, response) => void response.end(sdl)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/supergraph`
    const child = copy.run('schema/main.ts', 'check', '--base', 'base.graphql')
    expect(child).toMatchObject({
      code: 0,
      output: expect.stringContaining('no change for clients since base.graphql'),
    })
    await using graph = await startGraph()
    for (const base of [`${graph.origin}/graphql`, `${graph.origin}/supergraph`, url]) {
      const { code, output } = await runBeside(['schema/main.ts', 'check', '--base', base])
      expect(output).toContain('no change for clients')
      expect(code).toBe(0)
    }
    server.close()
  }, 60_000)

  test.each([
    [['--base', 'nowhere'], /neither a file nor a git revision/],
    [['--base', 'http://127.0.0.1:1/'], /cannot be reached/],
    [['--base', 'package.json'], /is no schema/],
    [['--base', 'main', '--usage', 'postgres://127.0.0.1:1/x'], /database of usage cannot be read/],
    [['--base', 'main', '--usage', 'nonsense'], /must be a URL/],
    [['--base', 'main', '--manifest', 'package.json'], /is no manifest of operations \(format: /],
    [['--format', 'xml'], /must be person, markdown, json, github/],
    [['--bass', 'main'], /Unknown option/],
  ])('%j cannot be checked: exit code 2, and a sentence', (args, message) => {
    const { code, output } = copy.run('schema/main.ts', 'check', ...args)
    expect(code).toBe(2)
    expect(output).toMatch(message)
    expect(output).not.toMatch(/\n\s+at /)
  })

  test('in GitHub Actions is where the branch left its target', async () => {
    copy.runProgram('git', ['update-ref', 'refs/remotes/origin/main', 'main'])
    const { output } = copy.runProgram(process.execPath, ['schema/main.ts', 'check'], {
      GITHUB_ACTIONS: 'true',
      GITHUB_BASE_REF: 'main',
    })
    expect(output).toContain('no change for clients since origin/main')
  })
})
