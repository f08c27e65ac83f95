import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { commandOf } from './running-process.ts'

export const SUPERUSER = 'postgres'

/** The URL of an embedded PostgreSQL. @param port where it listens, on 127.0.0.1 */
export const embeddedUrl = (password: string, port: number | string): string =>
  `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/postgres`

/** Where the embedded PostgreSQL of a `DATA_DIR` can be reached; undefined while none runs that this user may see. */
export async function runningEmbeddedUrl(dataDir: string): Promise<string | undefined> {
  const folder = join(resolve(dataDir), 'postgres')
  try {
    // The lines of postmaster.pid: process, data directory, start, port.
    const [pid, , , port = ''] = (await readFile(join(folder, 'cluster/postmaster.pid'), 'utf8')).split('\n')
    if (commandOf(Number(pid)) === null) return undefined
    return embeddedUrl(await readFile(join(folder, 'password'), 'utf8'), port)
  } catch {
    return undefined
  }
}
