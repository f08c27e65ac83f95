import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { connect } from '../../platform/postgres/prepare.ts'
import { databaseAt, TEMPLATE } from './global-setup.ts'

/** A database of one test. */
export interface TestDatabase extends AsyncDisposable {
  url: string
  /** Runs a statement as the superuser. */
  sql: (text: string, values?: unknown[]) => Promise<Record<string, unknown>[]>
}

/** Makes a database for a test: migrated, unless an empty one is wanted. */
export async function createDatabase({ isEmpty = false } = {}): Promise<TestDatabase> {
  const server = await connect(inject('postgresUrl'))
  const name = `test_${randomBytes(6).toString('hex')}`
  await server.query(`create database ${name}${isEmpty ? '' : ` template ${TEMPLATE}`}`)
  const url = databaseAt(inject('postgresUrl'), name)
  const client = await connect(url)
  return {
    url,
    sql: async (text, values = []) => (await client.query(text, values)).rows,
    async [Symbol.asyncDispose]() {
      await client.end()
      await server.query(`drop database ${name} with (force)`)
      await server.end()
    },
  }
}
