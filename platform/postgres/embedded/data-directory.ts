import { chmod, chown, mkdir, open, readFile, readlink, realpath, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { StartError } from '../../process/start-error.ts'
import { commandOf, hasEnded } from './running-process.ts'
import { isWritable, type User } from './unprivileged.ts'
import { messageOf } from '../../process/message-of.ts'

/** How long an abandoned server may take for a fast stop, in ms, before it is stopped at once. */
const FAST_STOP = 5_000

/** PostgreSQL's folder in `DATA_DIR`, and who runs it there. */
export interface DataDirectory {
  folder: string
  /** Undefined for the user of this process. */
  user: User | undefined
}

/**
 * Makes `DATA_DIR` and the folder in it that belongs to PostgreSQL. Who owns the folder runs the server, so that root
 * can go on with what an ordinary user began, and that user after root.
 * @param unprivileged who is to own a new one.
 * @throws StartError when that is not possible.
 */
export async function makeDataDirectory(dataDir: string, unprivileged: User | undefined): Promise<DataDirectory> {
  const folder = join(resolve(dataDir), 'postgres')
  const refusal = (why: string, cause?: unknown) =>
    new StartError(
      `DATA_DIR ${resolve(dataDir)} cannot be used: ${why}. Set DATA_DIR to a folder that you can write to.`,
      { cause },
    )
  try {
    await makeFolder(folder)
    const { uid, gid } = await stat(folder)
    const user = unprivileged && (uid === 0 ? unprivileged : { uid, gid })
    if (user) await chown(folder, user.uid, user.gid)
    await chmod(folder, 0o700)
    if (!(await isWritable(folder))) throw refusal('it cannot be written to')
    return { folder, user }
  } catch (error) {
    throw error instanceof StartError ? error : refusal(reason(error), error)
  }
}

/** Makes a folder and its parents. Node's own recursion never ends where a file system makes no folders, as /proc. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { mode: 0o755 })
  } catch (error) {
    const code = codeOf(error)
    if (code === 'EEXIST' && (await stat(folder)).isDirectory()) return
    if (code !== 'ENOENT' || (await stat(dirname(folder)).catch(() => null))) throw error
    await makeFolder(dirname(folder))
    await mkdir(folder, { mode: 0o755 })
  }
}

/**
 * Holds a data directory for this process; its release removes the hold. One that a killed process left is taken over.
 * @throws StartError when another process that lives holds it.
 */
export async function holdDataDirectory(dataDir: string): Promise<AsyncDisposable> {
  const file = join(resolve(dataDir), 'holder')
  const own = `${process.pid}\n${commandOf(process.pid)}`
  // Made as a whole and only where there is none, so that of two at once one gets it.
  while (!(await writeFile(file, own, { flag: 'wx' }).then(() => true, isTaken))) {
    const [pid, command] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
    if (command && commandOf(Number(pid)) === command)
      throw new StartError(
        `${resolve(dataDir)} is in use by process ${pid} (${command}). Stop it first, or set DATA_DIR to another folder.`,
      )
    await rm(file, { force: true })
  }
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

function isTaken(error: unknown): false {
  if (codeOf(error) === 'EEXIST') return false
  throw error
}

/** Stops a server that outlived the process that started it, since only one may use a cluster. */
export async function stopAbandonedServer(cluster: string): Promise<void> {
  const file = join(cluster, 'postmaster.pid')
  const [first] = (await readFile(file, 'utf8').catch(() => '')).split('\n')
  const pid = Number(first)
  // What a killed server left is in the way of the next one when its process id has gone to somebody else.
  if (!pid || !(await isServerOf(cluster, pid))) return rm(file, { force: true })
  process.kill(pid, 'SIGINT')
  if (await hasEnded(pid, FAST_STOP)) return
  process.kill(pid, 'SIGQUIT')
  if (!(await hasEnded(pid, FAST_STOP)))
    throw new StartError(
      `PostgreSQL (process ${pid}) still uses ${cluster} and does not stop. End it, then start again.`,
    )
}

/** Whether a process is the server of this very cluster: its id may have gone to any other process since. */
async function isServerOf(cluster: string, pid: number): Promise<boolean> {
  if (!commandOf(pid)?.includes('postgres')) return false
  // A server works in its cluster's folder; elsewhere than on Linux its command line names it.
  if (process.platform !== 'linux') return commandOf(pid)?.includes(cluster) ?? false
  return (await readlink(`/proc/${pid}/cwd`).catch(() => '')) === (await realpath(cluster))
}

/** Opens a folder, so that a child process can reach it whatever the rights of its parents are. */
export async function openFolder(folder: string): Promise<{ fd: number } & AsyncDisposable> {
  const handle = await open(folder, 'r')
  return { fd: handle.fd, [Symbol.asyncDispose]: () => handle.close() }
}

function reason(error: unknown): string {
  const code = codeOf(error)
  if (code === 'EACCES' || code === 'EPERM') return 'it cannot be written to'
  if (code === 'EROFS') return 'its file system is read-only'
  if (code === 'ENOSPC') return 'its disk is full'
  if (code === 'ENOENT') return 'no folder can be made there'
  if (code === 'ENOTDIR' || code === 'EEXIST') return 'it is a file, not a folder'
  return messageOf(error)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
