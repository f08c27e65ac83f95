import { setTimeout as sleep } from 'node:timers/promises'
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

/** One that never finishes starting. */
const NEVER_THERE = `
  import { runProcess } from './platform/process/run-process.ts'
  await runProcess(async () => {
    setInterval(() => undefined, 1000)
    process.stdout.write('it runs\\n')
    await new Promise(() => undefined)
  })`

test.concurrent.each([
  ['stop', STUCK],
  ['start', NEVER_THERE],
])(
  'a process that cannot %s is ended after 30 s',
  async (_, text) => {
    const child = startChild(['--input-type=module', '-e', text], {})
    await child.says(/(it runs)/)
    const begin = performance.now()
    expect(await child.end('SIGTERM')).toBe(1)
    const seconds = (performance.now() - begin) / 1_000
    expect(seconds).toBeGreaterThan(29)
    expect(seconds).toBeLessThan(40)
    expect(child.output()).toContain('did not stop within 30 s and was ended')
  },
  60_000,
)

test('one that cannot start is ended by a second signal', async () => {
  const child = startChild(['--input-type=module', '-e', NEVER_THERE], {})
  await child.says(/(it runs)/)
  child.process.kill('SIGTERM')
  await sleep(2_000)
  expect(await child.end('SIGTERM')).toBe(1)
})
