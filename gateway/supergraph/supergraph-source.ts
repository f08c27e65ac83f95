import { readFile, stat } from 'node:fs/promises'
import { StartError } from '../../platform/process/start-error.ts'
import { readSupergraph, type SupergraphFile } from './supergraph.ts'

/** Where a supergraph comes from: a file, or a URL. */
export interface SupergraphSource {
  /** As it was set. */
  readonly name: string
  /** How long to wait before it is looked at again, in ms. */
  readonly pause: number
  /**
   * The supergraph, if it is another than the one before; null otherwise.
   * @throws StartError when it cannot be had, or is none.
   */
  next(): Promise<SupergraphFile | null>
}

/** @param name a path, or a URL that begins with http:// or https:// */
export function supergraphSourceOf(name: string): SupergraphSource {
  return /^https?:\/\//.test(name) ? urlSource(name) : fileSource(name)
}

function fileSource(name: string): SupergraphSource {
  let seen: string | undefined
  return {
    name,
    pause: 500,
    async next() {
      const version = await stateOf(name)
      if (version === seen) return null
      seen = version
      const sdl = await readFile(name, 'utf8').catch((error: unknown) => {
        throw new StartError(
          `The supergraph ${name} cannot be read. Run npm run schema:compose, or set SUPERGRAPH to another file or URL.`,
          { cause: error },
        )
      })
      return readSupergraph(sdl, name)
    },
  }
}

/** What tells one state of a file from another. */
async function stateOf(file: string): Promise<string> {
  return stat(file).then(
    ({ mtimeMs, size, ino }) => `${mtimeMs} ${size} ${ino}`,
    () => 'none',
  )
}

/** How long an answer may take, in ms. */
const DEADLINE = 5_000

function urlSource(name: string): SupergraphSource {
  let etag: string | null = null
  let seen: string | undefined
  return {
    name,
    pause: 5_000,
    async next() {
      const found = await get(name, etag)
      if (found.status === 304) return null
      if (found.status !== 200)
        throw new StartError(`${name} answered ${found.status} where a supergraph was asked for.`)
      etag = found.etag
      if (found.sdl === seen) return null
      seen = found.sdl
      return readSupergraph(found.sdl, name)
    },
  }
}

async function get(url: string, etag: string | null): Promise<{ status: number; etag: string | null; sdl: string }> {
  try {
    const headers = etag === null ? {} : { 'if-none-match': etag }
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(DEADLINE) })
    return { status: response.status, etag: response.headers.get('etag'), sdl: await response.text() }
  } catch (error) {
    throw new StartError(`The supergraph ${url} cannot be reached.`, { cause: error })
  }
}
