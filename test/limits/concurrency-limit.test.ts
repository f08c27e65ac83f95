import { expect, test } from 'vitest'
import { ConcurrencyLimit } from '../../gateway/overload/concurrency-limit.ts'

/** Tells a limit of some answers, and looks. @param latency in ms, of what takes 10 when nothing waits */
function look(limit: ConcurrencyLimit, latency: number, inFlight: number): number {
  for (let count = 0; count < 20; count++) limit.answered(latency, latency / 10)
  limit.look(inFlight)
  return limit.now
}

test('the limit falls while requests wait for each other, to what keeps the machine busy', () => {
  const limit = new ConcurrencyLimit(1_000)
  for (let count = 0; count < 50; count++) look(limit, 500, limit.now)
  expect(limit.now).toBeGreaterThanOrEqual(48)
  expect(limit.now).toBeLessThan(64)
})

test('what piles up once, or now and then, is no overload', () => {
  const limit = new ConcurrencyLimit(1_000)
  expect(look(limit, 500, 200)).toBe(256)
  for (let count = 0; count < 20; count++) limit.look(5)
  expect(look(limit, 500, 200)).toBe(256)
  expect(look(limit, 500, 200)).toBeLessThan(256)
})

test('requests that wait for something far away raise it, up to what is allowed', () => {
  const limit = new ConcurrencyLimit(400)
  const raise = () => {
    for (let count = 0; count < 20; count++) limit.answered(2_000, 1.01)
    limit.look(limit.now)
  }
  raise()
  expect(limit.now).toBeGreaterThan(256)
  for (let count = 0; count < 50; count++) raise()
  expect(limit.now).toBe(400)
})
