import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Cancellation } from '../../gateway/cancellation.ts'
import { GuardedHttp, type GuardedRequest } from '../../gateway/subgraphs/guarded-http.ts'
import { TimeoutError, UnavailableError } from '../../platform/graphql/errors.ts'
import { eventually } from '../support/eventually.ts'
import { releasedAfterEach } from '../support/resources.ts'

const resources = releasedAfterEach()

const silent: RequestListener = () => undefined
const well: RequestListener = (_, response) => void response.end('{}')
/** As many as open a breaker, when they fail. */
const ENOUGH = Array.from({ length: 20 })

/** A subgraph that answers as it is told to, and a way to ask it. */
async function serve(answer: RequestListener) {
  const state = { answer, requests: 0 }
  const server = createServer((request, response) => {
    state.requests++
    state.answer(request, response)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  resources.defer(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const http = resources.use(new GuardedHttp('todos', new URL(`http://127.0.0.1:${port}`)))
  const ask = (options: Partial<GuardedRequest<string>> = {}) =>
    http.request({
      method: 'POST',
      path: '/graphql',
      headers: [],
      body: '{}',
      read: (body) => body,
      isRepeatable: true,
      until: Infinity,
      cancellation: null,
      ...options,
    })
  return { state, ask }
}

test('a subgraph is not blamed for what an operation had no time left for', async () => {
  const { state, ask } = await serve(silent)
  const begin = performance.now()
  const late = ENOUGH.map(() => expect(ask({ until: begin + 1_000 })).rejects.toThrow(TimeoutError))
  await Promise.all(late)
  expect(performance.now() - begin).toBeLessThan(2_900)
  await expect(ask({ until: performance.now() })).rejects.toThrow(TimeoutError)
  expect(state.requests).toBe(ENOUGH.length)
  state.answer = well
  expect(await ask()).toBe('{}')
})

test('it has 500 calls under way at most, and is not blamed for those that are turned away', async () => {
  const { state, ask } = await serve((_, response) => void setTimeout(() => response.end('{}'), 200))
  const asked = Array.from({ length: 600 }, () =>
    ask().then(
      () => 'answered',
      (error: unknown) => (error instanceof UnavailableError ? 'turned away' : 'failed'),
    ),
  )
  const outcomes = await Promise.all(asked)
  expect(outcomes.filter((outcome) => outcome === 'answered')).toHaveLength(500)
  expect(outcomes.filter((outcome) => outcome === 'turned away')).toHaveLength(100)
  expect(state.requests).toBe(500)
  expect(await ask()).toBe('{}')
})

test('nor for what was given up at once, but for what nobody would wait for any longer', async () => {
  const askAfterGivingUp = async (wait: number) => {
    const { state, ask } = await serve(silent)
    const cancellation = new Cancellation()
    const given = ENOUGH.map(() => expect(ask({ cancellation })).rejects.toThrow(UnavailableError))
    await sleep(wait)
    cancellation.cancel()
    await Promise.all(given)
    state.answer = well
    return ask()
  }
  expect(await askAfterGivingUp(100)).toBe('{}')
  await expect(askAfterGivingUp(1_700)).rejects.toThrow(UnavailableError)
})

test('an open circuit refuses in under 5 ms, as a rule', async () => {
  const { state, ask } = await serve((_, response) => void response.writeHead(500).end())
  for (const _ of ENOUGH) await expect(ask()).rejects.toThrow(UnavailableError)
  const times: number[] = []
  for (const _ of ENOUGH) {
    const begin = performance.now()
    await expect(ask()).rejects.toThrow(UnavailableError)
    times.push(performance.now() - begin)
  }
  expect(state.requests).toBe(ENOUGH.length)
  expect(times.toSorted((one, other) => one - other)[ENOUGH.length / 2]).toBeLessThan(5)
})

test('a call that finds out whether the subgraph is back goes on when who asked has no time left', async () => {
  const { state, ask } = await serve((_, response) => void response.writeHead(500).end())
  for (const _ of ENOUGH) await expect(ask()).rejects.toThrow(UnavailableError)
  await sleep(5_100)
  state.answer = (request, response) => void setTimeout(() => well(request, response), 2_000)
  const begin = performance.now()
  await expect(ask({ until: begin + 200 })).rejects.toThrow(TimeoutError)
  expect(performance.now() - begin).toBeLessThan(1_800)
  state.answer = well
  await eventually(async () => expect(await ask()).toBe('{}'), 4_500)
})
