import { join } from 'node:path'
import { Database } from '../postgres/database.ts'
import { migrate } from '../postgres/migrate.ts'
import { preparePlace, type Place } from '../postgres/prepare.ts'

/** When PostgreSQL ends a statement, in ms: nobody waits for it. */
const STATEMENT_TIMEOUT = 10_000

/** Where usage is kept: a PostgreSQL schema and a role of its own. */
function placeOf(url: string): Place {
  return { url, schema: 'usage', role: 'supergraph_usage' }
}

/** Opens the database of usage, whose tables are there. */
export function openUsage(url: string): Database {
  return new Database({ ...placeOf(url), name: 'usage', statementTimeout: STATEMENT_TIMEOUT })
}

/** Makes the tables of usage where there are none. */
export async function migrateUsage(url: string, database: Database): Promise<void> {
  await preparePlace(placeOf(url))
  await migrate(database, [join(import.meta.dirname, 'migrations')])
}
