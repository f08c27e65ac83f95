import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../platform/process/log.ts'
import { readSupergraph, type SupergraphFile } from './supergraph.ts'

/** How often the file is looked at, in ms. */
const EVERY = 500

/**
 * Reads a supergraph file again whenever it changes, until it is released. One that is broken, or cannot be served, is
 * told in the log, and what was served before is served on.
 * @param served the version of the file that is served now.
 */
export function watchSupergraph(
  file: string,
  served: string,
  serve: (supergraph: SupergraphFile) => Promise<void>,
): AsyncDisposable {
  const stopping = new AbortController()
  const done = watch(file, served, serve, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await done
    },
  }
}

async function watch(
  file: string,
  served: string,
  serve: (supergraph: SupergraphFile) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let seen = served
  while (!signal.aborted) {
    await sleep(EVERY, undefined, { signal }).catch(() => undefined)
    const version = await versionOf(file)
    if (signal.aborted || version === seen) continue
    seen = version
    try {
      await serve(await readSupergraph(file))
      log.info({ file }, 'the changed supergraph is served')
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      log.error({ file, reason }, 'the changed supergraph cannot be served, and the one before is served on')
    }
  }
}

/** What tells one state of a file from another. */
export async function versionOf(file: string): Promise<string> {
  return stat(file).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => 'none',
  )
}
