import { afterEach } from 'vitest'

/** Where a test puts what it acquires. */
export type Resources = Pick<AsyncDisposableStack, 'use' | 'defer'>

/** What the tests of a file acquire is released as each of them ends, in reverse; called once, outside of tests. */
export function releasedAfterEach(): Resources {
  let acquired = new AsyncDisposableStack()
  afterEach(async () => {
    const ended = acquired
    acquired = new AsyncDisposableStack()
    await ended.disposeAsync()
  })
  return { use: (resource) => acquired.use(resource), defer: (release) => acquired.defer(release) }
}
