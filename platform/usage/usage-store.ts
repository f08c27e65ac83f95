import { z } from 'zod'
import type { Queries } from '../postgres/database.ts'

/** An operation as it is known for good: what it uses, and not about what. */
export interface OperationShape {
  /** SHA-256 of name and text, in hex. */
  id: string
  /** '' when the client gave it none. */
  name: string
  /** Without literals. */
  text: string
  /** Schema coordinates. */
  coordinates: ReadonlySet<string>
}

/** How often an operation was asked for by one version of a client on one day. */
export interface Use {
  /** UTC, as `2026-11-21`. */
  day: string
  operationId: string
  /** '' when the client did not tell. */
  clientName: string
  clientVersion: string
  requests: number
}

/** Adds up what was counted. */
export async function addUsage(queries: Queries, operations: OperationShape[], uses: Use[]): Promise<void> {
  await queries.query(
    `insert into operations (id, name, text)
     select * from unnest($1::text[], $2::text[], $3::text[])
     on conflict do nothing`,
    [operations.map(({ id }) => id), operations.map(({ name }) => name), operations.map(({ text }) => text)],
  )
  const pairs = operations.flatMap(({ id, coordinates }) => [...coordinates].map((coordinate) => ({ id, coordinate })))
  await queries.query(
    `insert into coordinates (operation_id, coordinate)
     select * from unnest($1::text[], $2::text[])
     on conflict do nothing`,
    [pairs.map(({ id }) => id), pairs.map(({ coordinate }) => coordinate)],
  )
  await queries.query(
    `insert into uses (day, operation_id, client_name, client_version, requests)
     select * from unnest($1::date[], $2::text[], $3::text[], $4::text[], $5::bigint[])
     on conflict (day, operation_id, client_name, client_version)
     do update set requests = uses.requests + excluded.requests`,
    [
      uses.map(({ day }) => day),
      uses.map(({ operationId }) => operationId),
      uses.map(({ clientName }) => clientName),
      uses.map(({ clientVersion }) => clientVersion),
      uses.map(({ requests }) => requests),
    ],
  )
}

/** Remembers that a supergraph was served. */
export async function addSupergraph(queries: Queries, version: string): Promise<void> {
  await queries.query('insert into supergraphs (version) values ($1) on conflict do nothing', [version])
}

/** Forgets what was asked for longer ago than some days. */
export async function pruneUsage(queries: Queries, days: number): Promise<void> {
  await queries.query(`delete from uses where day < (now() at time zone 'utc')::date - $1::integer`, [days])
  await queries.query(
    'delete from operations where not exists (select from uses where uses.operation_id = operations.id)',
  )
}

const usedOperation = z.object({
  name: z.string(),
  client_name: z.string(),
  client_version: z.string(),
  requests: z.coerce.number(),
  last_day: z.string(),
  coordinates: z.array(z.string()),
})

/** An operation that a version of a client asked for. */
export interface UsedOperation {
  name: string
  clientName: string
  clientVersion: string
  requests: number
  /** UTC, as `2026-11-21`. */
  lastDay: string
  coordinates: Set<string>
}

/** All that was asked for, by operation and client. */
export async function listUsedOperations(queries: Queries): Promise<UsedOperation[]> {
  const rows = await queries.query(
    `select operations.name, client_name, client_version, sum(requests) as requests,
       to_char(max(day), 'YYYY-MM-DD') as last_day,
       array(select coordinate from coordinates where operation_id = operations.id) as coordinates
     from operations
     join uses on uses.operation_id = operations.id
     group by operations.id, operations.name, client_name, client_version
     order by sum(requests) desc`,
  )
  return z
    .array(usedOperation)
    .parse(rows)
    .map(({ name, client_name, client_version, requests, last_day, coordinates }) => ({
      name,
      clientName: client_name,
      clientVersion: client_version,
      requests,
      lastDay: last_day,
      coordinates: new Set(coordinates),
    }))
}

const knownSince = z.tuple([z.object({ since: z.string().nullable() })])
const versions = z.array(z.object({ version: z.string() }))

/** The first day that is known of, as `2026-11-21`; null when nothing is. */
export async function usageSince(queries: Queries): Promise<string | null> {
  const rows = await queries.query(`select to_char(min(day), 'YYYY-MM-DD') as since from uses`)
  return knownSince.parse(rows)[0].since
}

/** The versions of all supergraphs that were served while it was counted. */
export async function listSupergraphs(queries: Queries): Promise<string[]> {
  return versions.parse(await queries.query('select version from supergraphs')).map(({ version }) => version)
}
