import { z } from 'zod'
import type { Page, Slice } from '../graphql/pages.ts'
import { parseInstant } from '../instant.ts'
import { isWellFormed } from '../graphql/well-formed.ts'

/** An order that a list can be sorted by: an SQL expression, its type, and which way it runs. */
export interface SortOrder {
  /** Names the order in cursors. */
  name: string
  /** What rows are sorted by, an SQL expression that is never null; equals are sorted by the column id. */
  expression: string
  type: SortType
  direction: 'ASC' | 'DESC'
}

/** One page of a list, as SQL with the values of its parameters. */
export interface Keyset {
  /**
   * What stands after `from`, or after `cross join lateral`: the tables `bounds` and `page`, as `sliceOf` reads them.
   * @param columns of the rows. @param source the table with the conditions of the list, `… where …`.
   */
  from: (columns: string, source: string) => string
  /** The order in which the rows must be given. */
  orderBy: string
  values: (string | number)[]
}

/**
 * Keyset pagination: bounds compare (expression, id) with the positions of cursors, so a page costs the same
 * wherever it stands, and rows that come or go meanwhile shift nothing. Rows are read from the side asked for,
 * one more than the page shows, to tell whether there is one.
 * @param parameter the number of the first free parameter of the statement.
 */
export function keysetOf(page: Page, order: SortOrder, parameter: number): Keyset {
  const { after, before } = page
  const [follows, precedes] = order.direction === 'ASC' ? ['>', '<'] : ['<', '>']
  const opposite = order.direction === 'ASC' ? 'DESC' : 'ASC'
  const direction = page.isBackward ? opposite : order.direction
  const orderBy = `${order.expression} ${direction}, id ${direction}`
  const at = (first: number) => `($${first}::${order.type.sql}, $${first + 1}::uuid)`
  const start = after && at(parameter + 1)
  const end = before && at(parameter + (after ? 3 : 1))
  const compare = (operator: string | undefined, bound: string | null) =>
    bound && `(${order.expression}, id) ${operator} ${bound}`
  const inside = [compare(follows, start), compare(precedes, end)]
    .filter(Boolean)
    .map((condition) => ` and ${condition}`)
    .join('')
  return {
    from: (columns, source) => `(
        select exists (select from ${source} and ${compare(`${precedes}=`, start) ?? 'false'}) as has_leading,
               exists (select from ${source} and ${compare(`${follows}=`, end) ?? 'false'}) as has_trailing
      ) bounds left join lateral (
        select ${columns}, (${order.expression})::text as sort_key from ${source}${inside} order by ${orderBy} limit $${parameter}
      ) page on true`,
    orderBy,
    values: [
      page.size + 1,
      ...[after, before].filter((bound) => bound !== null).flatMap(({ sortKey, uuid }) => [sortKey, uuid]),
    ],
  }
}

const bounds = z.object({ has_leading: z.boolean(), has_trailing: z.boolean() })
const position = z
  .object({ sort_key: z.string(), id: z.uuid() })
  .transform(({ sort_key, id }) => ({ sortKey: sort_key, uuid: id }))
const isRow = z.object({ id: z.string() })

/**
 * Makes a page of what a keyset statement gave. Each raw row has `has_leading` and `has_trailing`, and the columns of
 * `schema` with `sort_key` beside them; an empty page is one raw row without an id.
 */
export function sliceOf<Row>(raw: unknown[], schema: z.ZodType<Row>, page: Page): Slice<Row> {
  const { has_leading, has_trailing } = bounds.parse(raw[0])
  const rows = raw.filter((row) => isRow.safeParse(row).success)
  const hasMore = rows.length > page.size
  const shown = rows.slice(0, page.size).map((row) => ({ row: schema.parse(row), position: position.parse(row) }))
  return {
    rows: page.isBackward ? shown.toReversed() : shown,
    hasPreviousPage: has_leading || (page.isBackward && hasMore),
    hasNextPage: has_trailing || (!page.isBackward && hasMore),
  }
}

/** The type of a sort key: its name in SQL, and whether PostgreSQL can read a text as one. */
export interface SortType {
  sql: string
  accepts: (text: string) => boolean
}

const INSTANT = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,6})?\+00$/

export const instant: SortType = {
  sql: 'timestamptz',
  accepts: (text) =>
    text === 'infinity' ||
    text === '-infinity' ||
    (INSTANT.test(text) && parseInstant(`${text.replace(' ', 'T')}:00`) !== null),
}

export const integer: SortType = {
  sql: 'bigint',
  accepts: (text) => /^-?\d{1,19}$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text),
}

export const words: SortType = { sql: 'text', accepts: isWellFormed }
