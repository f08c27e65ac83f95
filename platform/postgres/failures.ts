import { TimeoutError, UnavailableError } from '../graphql/errors.ts'

/** SQLSTATEs after which the same transaction may well succeed: serialization failure and deadlock. */
const RETRYABLE = new Set(['40001', '40P01'])

/**
 * SQLSTATEs (and their classes) that tell of the server's state and not of the statement: connection failures,
 * too many connections, shutting down, read-only, out of disk or memory.
 */
const UNAVAILABLE = /^(08|53|57P0[1-5]|58|25006)/
const TOO_SLOW = new Set(['57014', '55P03', '25P03'])

/** Network errors, and what pg says in words alone. */
const CONNECTION_LOST =
  /ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|Connection terminated|timeout exceeded when trying to connect|not queryable|Query read timeout/

/** The unique constraint that a statement broke, by its name; null for any other failure. */
export function brokenConstraint(error: unknown): string | null {
  return sqlState(error) === '23505' && hasText(error, 'constraint') ? error.constraint : null
}

/** Whether running the whole transaction again may help. */
export function isWorthRetrying(error: unknown): boolean {
  return RETRYABLE.has(sqlState(error))
}

/** Turns the database's troubles into what a client may know of them; leaves everything else alone. */
export function asServiceFailure(error: unknown): unknown {
  const state = sqlState(error)
  if (TOO_SLOW.has(state)) return new TimeoutError({ cause: error })
  const description = error instanceof Error ? `${state} ${error.message}` : state
  if (UNAVAILABLE.test(state) || CONNECTION_LOST.test(description)) return new UnavailableError({ cause: error })
  return error
}

function sqlState(error: unknown): string {
  return hasText(error, 'code') ? error.code : ''
}

function hasText<Key extends string>(value: unknown, key: Key): value is Record<Key, string> {
  return typeof value === 'object' && value !== null && key in value && typeof Reflect.get(value, key) === 'string'
}
