import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Resources } from './resources.ts'

/** An empty folder, which is removed with all that is in it. */
export async function newFolder(resources: Resources): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'supergraph-'))
  resources.defer(() => rm(folder, { recursive: true, force: true }))
  return folder
}
