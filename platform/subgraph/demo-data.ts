import type { Database } from '../postgres/database.ts'
import type { SubgraphDefinition } from './definition.ts'

/** Writes a subgraph's demo data once: it is recorded beside the migrations, so that what was deleted stays deleted. */
export async function writeDemoDataOnce({ writeDemoData }: SubgraphDefinition, database: Database): Promise<void> {
  await database.transaction(async (queries) => {
    const isFirst = await queries.query(
      `insert into migrations (name, checksum) values ('demo data', '') on conflict do nothing returning name`,
    )
    if (isFirst.length > 0) await writeDemoData(queries)
  })
}
