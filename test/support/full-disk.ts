import { execFile } from 'node:child_process'
import { chown, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { unprivilegedUser } from '../../platform/postgres/embedded/unprivileged.ts'

const run = promisify(execFile)

/** Bytes of a disk that a table is moved to. */
const SIZE = 16_000_000

/** Whether this machine lets somebody mount a disk. */
export const canMount = await (async () => {
  const folder = await mkdtemp(join(tmpdir(), 'disk-'))
  const isMounted = await mounted(folder)
  if (isMounted) await run('umount', [folder])
  await rm(folder, { recursive: true })
  return isMounted
})()

function mounted(folder: string): Promise<boolean> {
  return run('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=755`, 'tmpfs', folder]).then(
    () => true,
    () => false,
  )
}

/** A disk that a table is on. */
export interface SmallDisk extends AsyncDisposable {
  /** Leaves no room on it. */
  fill: () => Promise<void>
  /** Makes room again. */
  free: () => Promise<void>
}

/**
 * Moves a table to a disk of its own that can be filled; where this machine lets nobody mount one, inserts into it are
 * answered with what PostgreSQL raises on a full disk.
 * @param sql runs statements as the superuser
 */
export async function onSmallDisk(table: string, sql: (...texts: string[]) => Promise<void>): Promise<SmallDisk> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'))
  if (!canMount || !(await mounted(folder))) return withTrigger(table, sql, folder)
  const place = join(folder, 'tablespace')
  const user = await unprivilegedUser()
  await mkdir(place)
  if (user) await chown(place, user.uid, user.gid)
  await sql(`create tablespace small_disk location '${place}'`, `alter table ${table} set tablespace small_disk`)
  const filler = join(folder, 'filler')
  return {
    // The last write of it does not fit, which is how one knows.
    fill: () => writeFile(filler, Buffer.alloc(SIZE)).catch(() => undefined),
    free: () => rm(filler),
    async [Symbol.asyncDispose]() {
      await rm(filler, { force: true })
      await sql(`alter table ${table} set tablespace pg_default`, 'drop tablespace small_disk')
      await run('umount', [folder])
      await rm(folder, { recursive: true })
    },
  }
}

function withTrigger(table: string, sql: (...texts: string[]) => Promise<void>, folder: string): SmallDisk {
  const drop = 'drop function if exists public.no_space() cascade'
  return {
    fill: () =>
      sql(
        `create function public.no_space() returns trigger language plpgsql as $$ begin
           raise exception 'could not extend file: No space left on device' using errcode = 'disk_full'; end $$`,
        `create trigger no_space before insert on ${table} for each row execute function public.no_space()`,
      ),
    free: () => sql(drop),
    async [Symbol.asyncDispose]() {
      await sql(drop)
      await rm(folder, { recursive: true })
    },
  }
}
