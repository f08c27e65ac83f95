import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { StartError } from '../process/start-error.ts'
import type { Database, Queries } from './database.ts'
import { connect, type Place } from './prepare.ts'

const applied = z.array(z.object({ name: z.string(), checksum: z.string() }))

/** One numbered SQL file of a subgraph. */
interface Migration {
  name: string
  text: string
  checksum: string
}

/**
 * Applies the numbered `.sql` files of some folders that were not applied yet, in order and in one transaction.
 * Safe when several processes start together: the others wait for the lock, and then find nothing to do.
 * @throws StartError when an applied file has changed since.
 */
export async function migrate(database: Database, folders: string[]): Promise<string[]> {
  const migrations = (await Promise.all(folders.map(readMigrations))).flat()
  return database.transaction(async (queries) => {
    await queries.query(`select pg_advisory_xact_lock(hashtext('migrate ' || current_schema()))`)
    const missing = await findMissing(queries, migrations)
    for (const { name, text, checksum } of missing) {
      await queries.query(text)
      await queries.query('insert into migrations (name, checksum) values ($1, $2)', [name, checksum])
    }
    return missing.map(({ name }) => name)
  })
}

/** Records that something was done to a schema, beside its migrations; tells whether it was for the first time. */
export async function isFirstTime(queries: Queries, name: string): Promise<boolean> {
  const raw = await queries.query(
    `insert into migrations (name, checksum) values ($1, '') on conflict do nothing returning name`,
    [name],
  )
  return raw.length > 0
}

/** Whether a schema was migrated, as whoever may connect can tell. */
export async function isMigrated({ url, schema }: Place): Promise<boolean> {
  const client = await connect(url)
  const { rowCount } = await client
    .query(`select from pg_tables where schemaname = $1 and tablename = 'migrations'`, [schema])
    .finally(() => client.end())
  return rowCount !== 0
}

async function readMigrations(folder: string): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort()
  return Promise.all(
    names.map(async (name) => {
      const text = await readFile(join(folder, name), 'utf8')
      return { name, text, checksum: createHash('sha256').update(text).digest('hex') }
    }),
  )
}

async function findMissing(queries: Queries, migrations: Migration[]): Promise<Migration[]> {
  await queries.query(`
    create table if not exists migrations (
      name text primary key,
      checksum text not null,
      applied_at timestamptz not null default now()
    )`)
  const before = new Map(
    applied.parse(await queries.query('select name, checksum from migrations')).map((row) => [row.name, row.checksum]),
  )
  const changed = migrations.find(({ name, checksum }) => (before.get(name) ?? checksum) !== checksum)
  if (changed)
    throw new StartError(
      `The migration ${changed.name} was applied before and has changed since. Restore it, and add a new file for the change.`,
    )
  return migrations.filter(({ name }) => !before.has(name))
}
