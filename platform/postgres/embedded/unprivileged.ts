import { constants } from 'node:fs'
import { access, readFile, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The user that PostgreSQL runs as; undefined where it is the one that runs this process. */
export interface User {
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root: as root it is given another user, `postgres` where there is one. */
export async function unprivilegedUser(): Promise<User | undefined> {
  if (process.getuid?.() !== 0) return undefined
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '')
  return findAccount(accounts, 'postgres') ?? findAccount(accounts, 'nobody') ?? { uid: 65_534, gid: 65_534 }
}

function findAccount(accounts: string, name: string): User | undefined {
  const [, uid, gid] = accounts.match(new RegExp(`^${name}:[^:]*:(\\d+):(\\d+):`, 'm')) ?? []
  return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined
}

/** Whether every user can reach a folder: each folder on the way to it can be passed by others. */
export async function canEveryoneReach(folder: string): Promise<boolean> {
  const { mode } = await stat(folder)
  if (!(mode & constants.S_IXOTH)) return false
  return dirname(folder) === folder || canEveryoneReach(dirname(folder))
}

/** Whether this process may write into a folder. */
export async function isWritable(folder: string): Promise<boolean> {
  return access(folder, constants.W_OK).then(
    () => true,
    () => false,
  )
}
