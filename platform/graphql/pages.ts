import { z } from 'zod'
import { parseJson } from '../json.ts'
import { BadInputError } from './errors.ts'

/** The paging arguments of every list. */
export interface PageArguments {
  first?: number | null | undefined
  after?: string | null | undefined
  last?: number | null | undefined
  before?: string | null | undefined
}

/** Where an item stands in an order: the value it is sorted by, as PostgreSQL writes it, and its UUID. */
export interface Position {
  sortKey: string
  uuid: string
}

/** A page that was asked for, checked. */
export interface Page {
  size: number
  isBackward: boolean
  after: Position | null
  before: Position | null
}

/** A page of rows as a store gives it. */
export interface Slice<Row> {
  rows: Positioned<Row>[]
  hasPreviousPage: boolean
  hasNextPage: boolean
}

export interface Positioned<Row> {
  row: Row
  position: Position
}

/** A Relay connection; see https://relay.dev/graphql/connections.htm */
export interface Connection<Row> {
  edges: { cursor: string; node: Row }[]
  nodes: Row[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string | null; endCursor: string | null }
  /** Counted only when asked for. */
  totalCount: () => Promise<number>
}

const DEFAULT_SIZE = 20
const LARGEST_SIZE = 100

/**
 * Checks the paging arguments of a list.
 * @param order names the order of the list: a cursor of another order is refused.
 * @param isSortKey whether a text can be a sort key of this order: cursors may come from anyone.
 * @throws BadInputError that says which argument breaks which rule.
 */
export function readPage(args: PageArguments, order: string, isSortKey: (text: string) => boolean): Page {
  const { first, last } = args
  if (isGiven(first) && isGiven(last)) throw new BadInputError('Give first or last, not both.')
  const size = readSize(first, 'first') ?? readSize(last, 'last') ?? DEFAULT_SIZE
  return {
    size,
    isBackward: isGiven(last),
    after: readCursor(args.after, 'after', order, isSortKey),
    before: readCursor(args.before, 'before', order, isSortKey),
  }
}

/** Makes a connection of a slice. */
export function connectionOf<Row>(
  slice: Slice<Row>,
  order: string,
  totalCount: () => Promise<number>,
): Connection<Row> {
  const edges = slice.rows.map(({ row, position }) => ({ cursor: writeCursor(position, order), node: row }))
  return {
    edges,
    nodes: edges.map(({ node }) => node),
    pageInfo: {
      hasNextPage: slice.hasNextPage,
      hasPreviousPage: slice.hasPreviousPage,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: onceOnly(totalCount),
  }
}

/** However often a count is asked for, under however many aliases, it is counted once. */
function onceOnly<Value>(count: () => Promise<Value>): () => Promise<Value> {
  let counted: Promise<Value> | undefined
  return () => (counted ??= count())
}

function readSize(value: number | null | undefined, name: string): number | null {
  if (!isGiven(value)) return null
  if (value < 1 || value > LARGEST_SIZE)
    throw new BadInputError(`${name} must be 1 to ${LARGEST_SIZE}, and is ${value}.`)
  return value
}

const isGiven = <Value>(value: Value | null | undefined): value is Value => value !== null && value !== undefined

const cursorParts = z.tuple([z.string(), z.string(), z.uuid()])

function writeCursor({ sortKey, uuid }: Position, order: string): string {
  return Buffer.from(JSON.stringify([order, sortKey, uuid])).toString('base64url')
}

function readCursor(
  cursor: string | null | undefined,
  name: string,
  order: string,
  isSortKey: (text: string) => boolean,
): Position | null {
  if (!isGiven(cursor)) return null
  const parts = cursorParts.safeParse(parseJson(Buffer.from(cursor, 'base64url').toString('utf8')))
  if (!parts.success) throw new BadInputError(`${name} is no cursor: take it from pageInfo or an edge.`)
  const [itsOrder, sortKey, uuid] = parts.data
  if (itsOrder !== order)
    throw new BadInputError(`${name} is a cursor of another order: take one from the same list and order.`)
  if (!isSortKey(sortKey)) throw new BadInputError(`${name} is no cursor: take it from pageInfo or an edge.`)
  return { sortKey, uuid }
}
