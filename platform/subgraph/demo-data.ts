import type { Database } from '../postgres/database.ts'
import { isFirstTime } from '../postgres/migrate.ts'
import type { SubgraphDefinition } from './definition.ts'

/** Writes a subgraph's demo data once: it is recorded beside the migrations, so that what was deleted stays deleted. */
export async function writeDemoDataOnce({ writeDemoData }: SubgraphDefinition, database: Database): Promise<void> {
  await database.transaction(async (queries) => {
    if (await isFirstTime(queries, 'demo data')) await writeDemoData(queries)
  })
}
