import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { Revocations } from '../../gateway/identity/revocations.ts'

/** How often the list is read besides, once a second, on a machine that is busy. */
const POLLED = 2

/** Users, whose list is what it was when it was asked for, and takes a while. */
function listing() {
  const state = { asked: 0, sessions: [] as string[] }
  const get = async () => {
    state.asked++
    const sessions = [...state.sessions]
    await sleep(100)
    return { sessions }
  }
  return { state, get }
}

test('what ended before somebody asked is known after it, and who asks at once shares a read', async () => {
  const users = listing()
  await using revocations = new Revocations(() => users)
  // One is under way since the start.
  await sleep(20)
  users.state.sessions.push('session_1')
  await Promise.all(Array.from({ length: 50 }, () => revocations.refresh()))
  expect(revocations.has('session_1')).toBe(true)
  expect(users.state.asked).toBeLessThanOrEqual(2 + POLLED)
  const first = revocations.refresh()
  await sleep(20)
  users.state.sessions.push('session_2')
  await Promise.all([first, ...Array.from({ length: 50 }, () => revocations.refresh())])
  expect(revocations.has('session_2')).toBe(true)
  expect(users.state.asked).toBeLessThanOrEqual(4 + POLLED)
})
