import { inBackground, pause } from '../../platform/process/background.ts'
import { log } from '../../platform/process/log.ts'
import { keepLastGood } from './last-good.ts'
import type { SupergraphSource } from './supergraph-source.ts'
import type { SupergraphFile } from './supergraph.ts'
import { messageOf } from '../../platform/process/message-of.ts'

/**
 * Serves a supergraph anew whenever its source has another one, until it is released. One that is broken, or cannot be
 * served, is told in the log, and what was served before is served on.
 * @param dataDir where the last good one is kept
 */
export function watchSupergraph(
  source: SupergraphSource,
  dataDir: string,
  serve: (supergraph: SupergraphFile) => Promise<void>,
): AsyncDisposable {
  const serveAndKeep = async (supergraph: SupergraphFile) => {
    await serve(supergraph)
    await keepLastGood(source, supergraph, dataDir)
  }
  return inBackground((signal) => watch(source, serveAndKeep, signal))
}

async function watch(
  source: SupergraphSource,
  serve: (supergraph: SupergraphFile) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  let told = ''
  while (!signal.aborted) {
    await pause(source.pause, signal)
    if (signal.aborted) return
    try {
      const next = await source.next()
      if (!next) continue
      await serve(next)
      log.info({ source: source.name, version: next.version }, 'the changed supergraph is served')
      told = ''
    } catch (error) {
      const reason = messageOf(error)
      // A source that stays away is told once.
      if (reason !== told)
        log.error(
          { source: source.name, reason },
          'the changed supergraph cannot be served, and the one before is served on',
        )
      told = reason
    }
  }
}
