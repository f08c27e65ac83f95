import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Resources } from './resources.ts'

/** An empty folder, which is removed with all that is in it. */
export async function newFolder(resources: Resources): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'))
  // What runs beside a test may write into it until the end.
  resources.defer(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 20 }))
  return folder
}
