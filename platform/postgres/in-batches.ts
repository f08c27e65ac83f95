import type { Queries } from './database.ts'

/** Rows that one statement deletes at most. */
const BATCH = 10_000

/**
 * Deletes rows by one statement after another, so that none of them takes long, however many rows there are.
 * @param statement deletes as many as its last parameter says at most, and returns a row for each
 */
export async function inBatches(queries: Queries, statement: string, values: unknown[]): Promise<void> {
  while ((await queries.query(statement, [...values, BATCH])).length === BATCH);
}
