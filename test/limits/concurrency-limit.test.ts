import { expect, test } from 'vitest'
import { ConcurrencyLimit } from '../../gateway/overload/concurrency-limit.ts'
import { ConcurrencyLimits } from '../../gateway/overload/concurrency-limits.ts'

/**
 * Tells a limit of some answers, and looks.
 * @param latency in ms, of what takes 10 when nothing waits
 * @param others requests of other kinds that wait
 */
function look(limit: ConcurrencyLimit, latency: number, inFlight: number, others = 0): number {
  for (let count = 0; count < 20; count++) limit.answered(latency, latency / 10)
  limit.adapt(limit.look(inFlight) + others)
  return limit.now
}

test('the limit falls while requests wait for each other, to what keeps the machine busy', () => {
  const limit = new ConcurrencyLimit(1_000)
  for (let count = 0; count < 50; count++) look(limit, 500, limit.now)
  expect(limit.now).toBeGreaterThanOrEqual(36)
  expect(limit.now).toBeLessThan(48)
})

test('what piles up once, or now and then, is no overload', () => {
  const limit = new ConcurrencyLimit(1_000)
  expect(look(limit, 500, 200)).toBe(256)
  for (let count = 0; count < 20; count++) limit.adapt(limit.look(5))
  expect(look(limit, 500, 200)).toBe(256)
  expect(look(limit, 500, 200)).toBeLessThan(256)
})

test('requests that wait for something far away raise it, up to what is allowed', () => {
  const limit = new ConcurrencyLimit(400)
  const raise = () => {
    for (let count = 0; count < 20; count++) limit.answered(2_000, 1.01)
    limit.adapt(limit.look(limit.now))
  }
  raise()
  expect(limit.now).toBeGreaterThan(256)
  for (let count = 0; count < 50; count++) raise()
  expect(limit.now).toBe(400)
})

test('some that are few among many that wait are limited all the sooner', () => {
  const limit = new ConcurrencyLimit(1_000)
  for (let count = 0; count < 50; count++) look(limit, 500, Math.min(40, limit.now), 160)
  expect(limit.now).toBeGreaterThanOrEqual(36 * 0.05)
  expect(limit.now).toBeLessThan(20)
  for (let count = 0; count < 50; count++) look(limit, 500, limit.now, 1_000)
  expect(limit.now).toBeGreaterThanOrEqual(4)
})

/**
 * Requests of one kind, of which so many are under way, each of which takes as long; looked at a few times.
 * @param shortest how long some take when nothing waits, in ms; 10 otherwise
 */
function keepUnderWay(
  limits: ConcurrencyLimits,
  loads: { subgraphs: string; latency: number; count: number }[],
  shortest: Record<string, number> = {},
) {
  const operationOf = (subgraphs: string) => ({
    subgraphs,
    slownessOf: (duration: number) => duration / (shortest[subgraphs] ?? 10),
  })
  const under = loads.flatMap(({ subgraphs, latency, count }) =>
    Array.from({ length: count }, () => ({ latency, end: limits.begin(operationOf(subgraphs)) })),
  )
  for (let round = 0; round < 10; round++) {
    for (const { subgraphs, latency } of loads)
      for (let count = 0; count < 20; count++) limits.begin(operationOf(subgraphs))(latency)
    limits.look()
  }
  const loadOf = (subgraphs: string) => limits.loadOf(operationOf(subgraphs))
  return { loadOf, end: () => under.forEach(({ end, latency }) => end(latency)) }
}

test('where one subgraph is slow, only what asks it waits for it', () => {
  const limits = new ConcurrencyLimits(1_000)
  const { loadOf, end } = keepUnderWay(limits, [
    { subgraphs: 'todos users', latency: 2_000, count: 150 },
    { subgraphs: 'products', latency: 10, count: 0 },
  ])
  expect(loadOf('todos users')).toBeGreaterThan(1)
  expect(loadOf('products')).toBeLessThan(0.1)
  // What is not known yet may be one that is well.
  expect(limits.loadOf(undefined)).toBe(0)
  end()
  expect(limits.inFlight).toBe(0)
})

test('where all are slow, all wait for each other', () => {
  const limits = new ConcurrencyLimits(1_000)
  const { loadOf } = keepUnderWay(limits, [
    { subgraphs: 'todos users', latency: 500, count: 60 },
    { subgraphs: 'products', latency: 500, count: 60 },
  ])
  for (const subgraphs of ['todos users', 'products']) expect(loadOf(subgraphs)).toBeGreaterThan(1)
})

test('a few that vary are limited for nothing that others only wait for far away', () => {
  const limits = new ConcurrencyLimits(1_000)
  const { loadOf } = keepUnderWay(limits, [
    { subgraphs: 'far away', latency: 10.2, count: 200 },
    { subgraphs: 'varying', latency: 200, count: 2 },
  ])
  expect(loadOf('varying')).toBeLessThan(0.1)
})

test('nor for what they wait for at a subgraph that is slow', () => {
  const limits = new ConcurrencyLimits(1_000)
  const { loadOf } = keepUnderWay(
    limits,
    [
      { subgraphs: 'slow', latency: 2_000, count: 150 },
      { subgraphs: 'varying', latency: 150, count: 8 },
    ],
    { varying: 100 },
  )
  expect(loadOf('slow')).toBeGreaterThan(1)
  expect(loadOf('varying')).toBeLessThan(0.1)
})

test('those that are not known are bounded, too', () => {
  const limits = new ConcurrencyLimits(1_000)
  for (let count = 0; count < 300; count++) limits.begin(undefined)
  expect(limits.loadOf(undefined)).toBeGreaterThan(1)
})
