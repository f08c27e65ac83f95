import { defaults, Pool, types, type PoolClient, type PoolConfig } from 'pg'
import { tellRoleUse } from '../audit/role-use.ts'
import type { NewEvent } from '../events/events.ts'
import { log } from '../process/log.ts'
import { commits, statements, type CommitEvent, type StatementEvent } from '../observe.ts'
import { listen } from './listen.ts'
import { asServiceFailure, isWorthRetrying } from './failures.ts'

/** Something that runs SQL: the pool, or one transaction. */
export interface Queries {
  /**
   * Runs one statement and gives its rows, unparsed.
   * @throws UnavailableError when the database cannot be reached or is too slow.
   */
  query(text: string, values?: unknown[]): Promise<unknown[]>
}

/** One transaction. */
export interface Transaction extends Queries {
  /** Remembers what was recorded in it, which is told once it is committed. */
  recorded(events: NewEvent[]): void
}

export interface DatabaseSettings {
  /** Names the pool in events and in `pg_stat_activity`. */
  name: string
  url: string
  /** The PostgreSQL schema that unqualified names are looked up in. */
  schema?: string | undefined
  /** The role to act as; the URL's own when left out. */
  role?: string | undefined
  /** When the server ends a statement, in ms. */
  statementTimeout: number
  changes?: Changes | undefined
}

/** Is told of the events that transactions record. */
export interface Changes {
  /** Just before the commit. It takes 250 ms at most, since locks are held meanwhile. */
  begin: (events: NewEvent[]) => Promise<void>
  /** After the commit, or when there was none, and before anyone hears of either. */
  end: (events: NewEvent[]) => Promise<void>
}

// Otherwise dates are written in the process's time zone, whose offsets before 1900 have seconds that get lost.
defaults.parseInputDatesAsUTC = true

const POOL_SIZE = 10
/**
 * Connections that are kept when nobody asks, and how long others are, in ms: to open one takes PostgreSQL a process, and
 * on a busy machine longer than a request may wait.
 */
const KEPT = 2
const KEPT_LONGEST = 60_000
/** How much of a statement's time a request may wait for a connection. */
const WAIT_FOR_CONNECTION = 1 / 4
const ATTEMPTS = 3

/** A pool of connections to one subgraph's part of PostgreSQL. */
export class Database implements Queries, AsyncDisposable {
  readonly name: string
  readonly schema: string | undefined
  readonly #config: PoolConfig
  readonly #changes: Changes | undefined
  readonly #pool: Pool
  /** A connection of its own, so that many requests do not make the database look away. */
  readonly #probe: Pool
  #isClosing = false

  constructor(settings: DatabaseSettings) {
    this.name = settings.name
    this.schema = settings.schema
    this.#config = poolConfig(settings)
    this.#changes = settings.changes
    this.#pool = new Pool(this.#config)
    this.#probe = new Pool({ ...this.#config, max: 1, min: 1 })
    // An idle connection that dies emits `error`; unheard, it would end the process. The pool replaces it.
    for (const pool of [this.#pool, this.#probe]) pool.on('error', (error) => this.#connectionLost(error))
  }

  async query(text: string, values: unknown[] = []): Promise<unknown[]> {
    try {
      return await this.#run(this.#pool, text, values)
    } catch (error) {
      throw asServiceFailure(error)
    }
  }

  /**
   * Runs `work` in one transaction, READ COMMITTED. Serialization failures and deadlocks run it again as a whole,
   * three times at most, so `work` must have no effect but through its transaction.
   */
  async transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work)
      } catch (error) {
        if (attempt === ATTEMPTS || !isWorthRetrying(error)) throw asServiceFailure(error)
      }
    }
  }

  async #attempt<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    const client = await this.#pool.connect()
    const events: NewEvent[] = []
    let failure: Error | undefined
    // A connection that dies in our hands emits `error` too; the statement that meets it fails and is told.
    const onError = (error: Error) => void (failure = error)
    client.on('error', onError)
    try {
      await client.query('begin')
      const queries = { query: (text: string, values: unknown[] = []) => this.#run(client, text, values) }
      const result = await work({ ...queries, recorded: (told) => void events.push(...told) })
      // Every change that others may care about is an event; a transaction without one did nothing.
      if (events.length > 0) await tellRoleUse(queries)
      if (events.length > 0) await this.#changes?.begin(events)
      await client.query('commit')
      if (commits.hasSubscribers) commits.publish({ database: this.name } satisfies CommitEvent)
      return result
    } catch (error) {
      failure ??= await rollback(client)
      throw error
    } finally {
      client.off('error', onError)
      client.release(failure)
      if (events.length > 0) await this.#changes?.end(events)
    }
  }

  async #run(connection: Pool | PoolClient, text: string, values: unknown[]): Promise<unknown[]> {
    const { rows } = await connection.query(text, values)
    if (statements.hasSubscribers)
      statements.publish({ database: this.name, text, rows: rows.length } satisfies StatementEvent)
    return rows
  }

  /** Calls `onNotice` when somebody notifies a channel, and when it may have missed one. */
  listen(channel: string, onNotice: () => void): AsyncDisposable {
    return listen(this.#config, channel, onNotice)
  }

  /** Opens the connections that are kept, so that who asks first need not wait for them. @throws Error when it cannot */
  async open(): Promise<void> {
    // Each is given back by itself: where one fails, the others would be nobody's.
    await Promise.all(Array.from({ length: KEPT }, async () => (await this.#pool.connect()).release()))
  }

  /** Whether the database answers now. */
  async isReachable(): Promise<boolean> {
    return this.#probe.query('select 1').then(
      () => true,
      () => false,
    )
  }

  #connectionLost({ message }: Error): void {
    if (!this.#isClosing) log.warn({ database: this.name, reason: message }, 'an idle connection was lost')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    await Promise.all([this.#pool.end(), this.#probe.end()])
  }
}

/** Undoes a transaction; a connection that cannot even do that gives its error, and must not be used again. */
async function rollback(client: PoolClient): Promise<Error | undefined> {
  return client.query('rollback').then(
    () => undefined,
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
}

function poolConfig({ name, url, schema, role, statementTimeout }: DatabaseSettings): PoolConfig {
  const parameters = {
    statement_timeout: statementTimeout,
    // Above PostgreSQL's deadlock_timeout of 1 s, so that a deadlock is found as one, and tried again.
    lock_timeout: statementTimeout * 0.75,
    idle_in_transaction_session_timeout: statementTimeout * 2,
    timezone: 'UTC',
    ...(schema && { search_path: `${schema},public` }),
    ...(role && { role }),
  }
  return {
    connectionString: url,
    application_name: `supergraph ${name}`,
    max: POOL_SIZE,
    min: KEPT,
    idleTimeoutMillis: KEPT_LONGEST,
    connectionTimeoutMillis: statementTimeout * WAIT_FOR_CONNECTION,
    // The server's own limit is the shorter one, so that a statement never goes on after we gave up on it; the gateway's
    // is the longer one, by a second.
    query_timeout: statementTimeout + 500,
    options: Object.entries(parameters)
      .map(([key, value]) => `-c ${key}=${value}`)
      .join(' '),
    types: { getTypeParser },
  }
}

/** 64-bit integers come as bigint, since a number would lose their last digits. */
function getTypeParser(oid: number, format?: 'text' | 'binary') {
  if (oid === types.builtins.INT8 && format !== 'binary') return BigInt
  return types.getTypeParser(oid, format)
}
