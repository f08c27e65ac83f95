import { expect, test } from 'vitest'
import { startChild } from '../support/child.ts'

/** A process of the product's kind that never finishes stopping. */
const STUCK = `
  import { runProcess } from './platform/process/run-process.ts'
  await runProcess(async (resources) => {
    const keepAlive = setInterval(() => undefined, 1000)
    resources.defer(() => new Promise(() => keepAlive))
    process.stdout.write('it runs\\n')
  })`

test('a process that cannot stop is ended after 30 s', async () => {
  const child = startChild(['--input-type=module', '-e', STUCK], {})
  await child.says(/(it runs)/)
  const begin = performance.now()
  expect(await child.end('SIGTERM')).toBe(1)
  const seconds = (performance.now() - begin) / 1_000
  expect(seconds).toBeGreaterThan(29)
  expect(seconds).toBeLessThan(40)
  expect(child.output()).toContain('did not stop within 30 s and was ended')
}, 60_000)
