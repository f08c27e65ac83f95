import { expect, test } from 'vitest'
import { startChild } from '../support/child.ts'

/** What the log's lines hold of texts that are told. */
async function told(...texts: string[]): Promise<string[]> {
  const program = `
    import { log } from './platform/process/log.ts'
    for (const text of ${JSON.stringify(texts)}) log.error({ text }, 'something')`
  const child = startChild(['--input-type=module', '-e', program], { LOG_LEVEL: 'info' })
  expect(await child.ended()).toBe(0)
  const lines = child.output().trim().split('\n')
  return lines.map((line) => JSON.parse(line).text)
}

const TOKEN = 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ4In0.c2ln'

test('addresses and tokens are hidden, whatever stands before them, and lines stay JSON', async () => {
  const before = ['', 'to ', 'to\n', 'to\t', '\b', '\u0001', '"', '<', 'a@b ', '\\', '\\n']
  const addresses = ['foo.bar+baz@example.com', 'user@example.com', 'beef@example.com', 'ubeef@example.com']
  for (const secret of [...addresses, TOKEN]) {
    const lines = await told(...before.map((text) => `${text}${secret} and more`))
    for (const line of lines) expect(line).toMatch(/\[hidden\] and more$/)
    expect(lines.slice(0, -1)).toEqual(before.slice(0, -1).map((text) => `${text}[hidden] and more`))
  }
})

test('a line as long as a body is told at once', async () => {
  const begin = performance.now()
  await told('a.'.repeat(10_000), 'a@'.repeat(10_000), '\\u'.repeat(7_000), 'eyJ.'.repeat(5_000))
  expect(performance.now() - begin).toBeLessThan(5_000)
})
