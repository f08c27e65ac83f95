import { join } from 'node:path'
import type { Cache } from '../cache/cache.ts'
import { changesFor } from '../cache/invalidating.ts'
import { UnavailableError } from '../graphql/errors.ts'
import { Database } from '../postgres/database.ts'
import { isMigrated, migrate } from '../postgres/migrate.ts'
import { preparePlace, type Place } from '../postgres/prepare.ts'
import { StartError } from '../process/start-error.ts'
import type { SubgraphDefinition } from './definition.ts'

/** When the server ends a statement, in ms: of a request, of work that nobody waits for, and of a migration. */
const STATEMENT_TIMEOUT = 2_000
const BACKGROUND_TIMEOUT = 10_000
const MIGRATION_TIMEOUT = 600_000

/** Folders of migrations that every subgraph has: of its events, and of its audit trail. */
const SHARED_MIGRATIONS = ['events', 'audit'].map((part) => join(import.meta.dirname, '..', part, 'migrations'))

/**
 * Where a subgraph's tables are: in a PostgreSQL schema of its own.
 * @param ownUrl a database for this subgraph alone, used as its user is; else `sharedUrl`, acting as a role of its own.
 */
export function placeOf(name: string, ownUrl: string | undefined, sharedUrl: string): Place {
  const schema = name.replaceAll('-', '_')
  return { url: ownUrl ?? sharedUrl, schema, role: ownUrl ? undefined : `supergraph_${schema}` }
}

/** Opens a subgraph's database for requests. @param cache what its changes make a thing of the past is told to */
export function openDatabase(
  { statementTimeout = STATEMENT_TIMEOUT }: SubgraphDefinition,
  place: Place,
  cache?: Cache | undefined,
): Database {
  return new Database({ ...place, name: place.schema, statementTimeout, changes: cache && changesFor(cache) })
}

/** Opens a subgraph's database for work that nobody waits for, under a name of its own in events and logs. */
export function openBackgroundDatabase(place: Place, cache?: Cache | undefined): Database {
  const name = `${place.schema} events`
  return new Database({
    ...place,
    name,
    statementTimeout: BACKGROUND_TIMEOUT,
    changes: cache && changesFor(cache),
  })
}

/** @throws StartError when a subgraph's tables cannot be reached, or are not there yet. */
export async function checkPlace(place: Place): Promise<void> {
  if (!(await isMigrated(place)))
    throw new StartError(`${place.schema} has no tables in this database yet: run npm run migrate first.`)
}

/** Makes a subgraph's schema where there is none, and applies its migrations; gives the names of those it applied. */
export async function migrateSubgraph({ folder }: SubgraphDefinition, place: Place): Promise<string[]> {
  await preparePlace(place)
  await using database = new Database({
    ...place,
    name: `${place.schema} migrations`,
    statementTimeout: MIGRATION_TIMEOUT,
  })
  try {
    return await migrate(database, [...SHARED_MIGRATIONS, join(folder, 'migrations')])
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    throw new StartError(`PostgreSQL went away while ${place.schema} was migrated. Start again when it is back.`, {
      cause: error,
    })
  }
}
