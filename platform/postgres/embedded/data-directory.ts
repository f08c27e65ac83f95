import { chmod, chown, mkdir, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { StartError } from '../../process/start-error.ts'
import { commandOf, hasEnded } from './running-process.ts'
import { isWritable, type User } from './unprivileged.ts'

/** How long an abandoned server may take for a fast stop, in ms, before it is stopped at once. */
const FAST_STOP = 5_000

/**
 * Makes `DATA_DIR` and the folder in it that belongs to PostgreSQL.
 * @returns the absolute path of the latter.
 * @throws StartError when that is not possible.
 */
export async function makeDataDirectory(dataDir: string, user: User | undefined): Promise<string> {
  const folder = join(resolve(dataDir), 'postgres')
  try {
    await mkdir(folder, { recursive: true, mode: 0o755 })
    if (user) await adopt(folder, user)
    else await chmod(folder, 0o700)
  } catch (error) {
    throw new StartError(
      `DATA_DIR ${resolve(dataDir)} cannot be used: ${reason(error)}. Set DATA_DIR to a folder that you can write to.`,
      { cause: error },
    )
  }
  if (!(await isWritable(folder)))
    throw new StartError(
      `DATA_DIR ${resolve(dataDir)} cannot be used: it cannot be written to. Set DATA_DIR to a folder that you can write to.`,
    )
  return folder
}

async function adopt(folder: string, user: User): Promise<void> {
  await chown(folder, user.uid, user.gid)
  await chmod(folder, 0o700)
}

/** Who owns an existing cluster runs it, so that root can go on with what an ordinary user began. */
export async function ownerOf(cluster: string, otherwise: User | undefined): Promise<User | undefined> {
  const owner = await stat(cluster).catch(() => null)
  if (!otherwise || !owner || owner.uid === 0) return otherwise
  return { uid: owner.uid, gid: owner.gid }
}

/**
 * Holds a data directory for this process; its release removes the hold. One that a killed process left is taken over.
 * @throws StartError when another process that lives holds it.
 */
export async function holdDataDirectory(folder: string): Promise<AsyncDisposable> {
  const file = join(folder, 'holder')
  const [pid, command] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  if (Number(pid) !== process.pid && command && commandOf(Number(pid)) === command)
    throw new StartError(
      `${folder} is in use by process ${pid} (${command}). Stop it first, or set DATA_DIR to another folder.`,
    )
  await writeFile(file, `${process.pid}\n${commandOf(process.pid)}`)
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

/** Stops a server that outlived the process that started it, since only one may use a cluster. */
export async function stopAbandonedServer(cluster: string): Promise<void> {
  const [first] = (await readFile(join(cluster, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')
  const pid = Number(first)
  if (!pid || !commandOf(pid)?.includes('postgres')) return
  process.kill(pid, 'SIGINT')
  if (await hasEnded(pid, FAST_STOP)) return
  process.kill(pid, 'SIGQUIT')
  if (!(await hasEnded(pid, FAST_STOP)))
    throw new StartError(
      `PostgreSQL (process ${pid}) still uses ${cluster} and does not stop. End it, then start again.`,
    )
}

/** Opens a folder, so that a child process can reach it whatever the rights of its parents are. */
export async function openFolder(folder: string): Promise<{ fd: number } & AsyncDisposable> {
  const handle = await open(folder, 'r')
  return { fd: handle.fd, [Symbol.asyncDispose]: () => handle.close() }
}

function reason(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'EACCES' || code === 'EPERM') return 'it cannot be written to'
  if (code === 'EROFS') return 'its file system is read-only'
  if (code === 'ENOSPC') return 'its disk is full'
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'it is a file, not a folder'
  return error instanceof Error ? error.message : String(error)
}
