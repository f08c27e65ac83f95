import { expect, test } from 'vitest'
import { releasedAfterEach } from '../support/resources.ts'
import { startChild } from '../support/child.ts'

const resources = releasedAfterEach()

test.each([
  ['bench/main.ts', '--rounds', 'many', 'at rounds'],
  ['bench/main.ts', '--only', 'Q9', '"Q1"'],
  ['bench/main.ts', '--round', '3', "'--round'"],
  ['test/chaos/main.ts', '--bus', 'ferry', '"rabbitmq"'],
  ['test/soak/main.ts', '--minutes', '0', 'at minutes'],
])('%s refuses %s %s, and tells its options', async (file, option, value, reason) => {
  const child = resources.use(startChild([file, option, value], {}))
  expect(await child.ended()).toBe(2)
  expect(child.errors()).toContain(reason)
  expect(child.errors()).toMatch(/^Use: npm run [^\n]+\n$/m)
  expect(child.errors()).not.toContain('    at ')
})
