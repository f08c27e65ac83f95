import { log } from '../../platform/process/log.ts'
import { StartError } from '../../platform/process/start-error.ts'
import { LastGoodFile } from '../last-good-file.ts'
import type { SupergraphSource } from './supergraph-source.ts'
import { readSupergraph, type SupergraphFile } from './supergraph.ts'

const fileOf = ({ name }: SupergraphSource, dataDir: string) =>
  new LastGoodFile(dataDir, { file: 'last-supergraph.graphql', what: 'supergraph', origin: name })

/** Keeps a supergraph that is served, for a start while its source is away or broken. */
export async function keepLastGood(source: SupergraphSource, { sdl }: SupergraphFile, dataDir: string): Promise<void> {
  await fileOf(source, dataDir).keep(sdl)
}

/**
 * Reads the supergraph to start with: its source's, or else the last good one of the same source.
 * @throws StartError when there is neither.
 */
export async function openSupergraph(source: SupergraphSource, dataDir: string): Promise<SupergraphFile> {
  try {
    const supergraph = await source.next()
    if (supergraph) return supergraph
    throw new StartError(`${source.name} gives no supergraph.`)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    const file = fileOf(source, dataDir)
    const kept = await file.read()
    if (kept === null) throw error
    log.error({ reason: error.message }, 'the supergraph cannot be served, and the last good one is')
    return readSupergraph(kept, file.path)
  }
}
