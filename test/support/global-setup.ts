import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { startEmbeddedPostgres } from '../../platform/postgres/embedded/server.ts'
import { connect } from '../../platform/postgres/prepare.ts'
import { migrateSubgraph, placeOf } from '../../platform/subgraph/place.ts'
import { definitions } from '../../subgraphs/all.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server that every test's database is on. */
    postgresUrl: string
  }
}

/** A migrated database that tests clone theirs from. */
export const TEMPLATE = 'template_of_tests'

/** Starts one PostgreSQL for all tests, without the care for data that they do not need. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'supergraph-tests-'))
  const postgres = await startEmbeddedPostgres({
    dataDir,
    parameters: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '500' },
  })
  await makeTemplate(postgres.url)
  project.provide('postgresUrl', postgres.url)
  return async () => {
    await postgres[Symbol.asyncDispose]()
    await rm(dataDir, { recursive: true, force: true })
  }
}

async function makeTemplate(url: string): Promise<void> {
  const client = await connect(url)
  await client.query(`create database ${TEMPLATE}`)
  await client.end()
  for (const [name, definition] of Object.entries(definitions))
    await migrateSubgraph(definition, placeOf(name, undefined, databaseAt(url, TEMPLATE)))
}

/** The URL of another database on the same server. */
export function databaseAt(url: string, database: string): string {
  return Object.assign(new URL(url), { pathname: `/${database}` }).href
}
