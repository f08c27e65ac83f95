import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { log } from '../../platform/process/log.ts'
import { StartError } from '../../platform/process/start-error.ts'
import type { SupergraphSource } from './supergraph-source.ts'
import { readSupergraph, type SupergraphFile } from './supergraph.ts'

const fileIn = (dataDir: string) => join(dataDir, 'last-supergraph.graphql')
const firstLineFor = ({ name }: SupergraphSource) => `# The last good supergraph of ${JSON.stringify(name)}\n`

/** Keeps a supergraph that is served, for a start while its source is away or broken. */
export async function keepLastGood(source: SupergraphSource, { sdl }: SupergraphFile, dataDir: string): Promise<void> {
  const file = fileIn(dataDir)
  try {
    await mkdir(dataDir, { recursive: true })
    await writeFile(`${file}.${process.pid}`, firstLineFor(source) + sdl)
    await rename(`${file}.${process.pid}`, file)
  } catch (error) {
    log.warn({ err: error, file }, 'the supergraph could not be kept for a start while its source is away')
  }
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
    const kept = await readFile(fileIn(dataDir), 'utf8').catch(() => '')
    if (!kept.startsWith(firstLineFor(source))) throw error
    log.error({ reason: error.message }, 'the supergraph cannot be served, and the last good one is')
    return readSupergraph(kept.slice(firstLineFor(source).length), fileIn(dataDir))
  }
}
