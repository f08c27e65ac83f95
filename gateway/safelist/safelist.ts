import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GraphQLError, stripIgnoredCharacters } from 'graphql'
import { operationsOfManifest } from '../../platform/graphql/persisted-query-manifest.ts'
import { StartError } from '../../platform/process/start-error.ts'

/** The operations that clients were released with; others may be refused. */
export class Safelist {
  readonly #bodies: ReadonlyMap<string, string>
  /** As they are without what means nothing: spaces, commas and comments. */
  readonly #stripped: ReadonlySet<string>

  /** @param bodies documents by their ids */
  constructor(bodies: ReadonlyMap<string, string>) {
    this.#bodies = bodies
    this.#stripped = new Set([...bodies.values()].map(stripIgnoredCharacters))
  }

  /** The document that a client means by an id. */
  find(id: string): string | undefined {
    return this.#bodies.get(id)
  }

  has(document: string): boolean {
    try {
      return this.#stripped.has(stripIgnoredCharacters(document))
    } catch (error) {
      // What cannot be read is on no list.
      if (error instanceof GraphQLError) return false
      throw error
    }
  }
}

/**
 * Reads the manifests of clients' operations.
 * @param path a manifest, or a folder of some
 * @throws StartError that names the file, and what is wrong with it.
 */
export async function readSafelist(path: string): Promise<Safelist> {
  const files = await manifestsAt(path)
  if (files.length === 0) throw new StartError(`OPERATIONS_MANIFEST: there is no manifest in ${path}.`)
  const bodies = await Promise.all(files.map(readManifest))
  return new Safelist(new Map(bodies.flat()))
}

async function manifestsAt(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = await readdir(path)
    return names.filter((name) => name.endsWith('.json')).map((name) => join(path, name))
  } catch (error) {
    throw new StartError(
      `OPERATIONS_MANIFEST: ${path} cannot be read. Name the manifest that \`npm run operations -- FOLDER\` wrote, or copy it there as CLIENT@VERSION.json.`,
      { cause: error },
    )
  }
}

async function readManifest(file: string): Promise<[id: string, body: string][]> {
  const read = operationsOfManifest(await readFile(file, 'utf8'))
  if ('operations' in read) return read.operations.map(({ id, body }) => [id, body])
  throw new StartError(`OPERATIONS_MANIFEST: ${file} is no manifest of operations: ${read.reason}.`)
}
