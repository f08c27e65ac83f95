import { Client, DatabaseError } from 'pg'
import { StartError } from '../process/start-error.ts'
import { messageOf } from '../process/message-of.ts'

/** Where one subgraph's tables are. */
export interface Place {
  url: string
  schema: string
  /** The role that owns the tables; undefined when the URL is the subgraph's own. */
  role: string | undefined
}

/** Statements that fail so when another process runs them at the same moment; the outcome is the wanted one. */
const RACES = new Set(['23505', '42710', '42P06', 'XX000'])
const MAY_NOT = '42501'

/**
 * Makes the PostgreSQL schema of a subgraph, and the role that owns it where subgraphs share one URL,
 * so that none can read another's tables.
 * @throws StartError when the database cannot be reached, or does not permit it.
 */
export async function preparePlace({ url, schema, role }: Place): Promise<void> {
  const client = await connect(url)
  try {
    if (role) await runUnlessRaced(client, `create role ${role} nologin`)
    if (role) await runUnlessRaced(client, `grant ${role} to current_user`)
    await runUnlessRaced(client, `create extension if not exists pg_trgm schema public`)
    await runUnlessRaced(client, `create schema if not exists ${schema}${role ? ` authorization ${role}` : ''}`)
  } catch (error) {
    throw new StartError(
      `PostgreSQL does not permit what the ${schema} subgraph needs: ${messageOf(error)}.${advice(error, schema)}`,
      { cause: error },
    )
  } finally {
    await client.end()
  }
}

/** Connects to a database, or says in one sentence why not. */
export async function connect(url: string): Promise<Client> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    application_name: 'supergraph start',
  })
  client.on('error', () => {
    // A connection that dies idle emits `error`; the statement after it fails and is told.
  })
  try {
    await client.connect()
    return client
  } catch (error) {
    throw new StartError(
      `PostgreSQL at ${withoutPassword(url)} cannot be reached: ${messageOf(error)}. Check DATABASE_URL and that the server runs.`,
      { cause: error },
    )
  }
}

async function runUnlessRaced(client: Client, statement: string): Promise<void> {
  try {
    await client.query(statement)
  } catch (error) {
    if (!(error instanceof DatabaseError && RACES.has(error.code ?? ''))) throw error
  }
}

function advice(error: unknown, schema: string): string {
  if (!(error instanceof DatabaseError) || error.code !== MAY_NOT) return ''
  return ` Give the user of DATABASE_URL the right CREATEROLE, or give ${schema.toUpperCase()}_DATABASE_URL with a user of its own.`
}

function withoutPassword(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port || 5432}${pathname}`
}
