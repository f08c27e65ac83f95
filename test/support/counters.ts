import { fetches, statements, type FetchEvent, type StatementEvent } from '../../platform/observe.ts'
import { subgraphs } from '../../schema/subgraphs.ts'

/** What an operation cost. */
export interface Cost {
  /** SQL statements that subgraphs sent for requests; begin and commit are not counted. */
  statements: number
  /** Requests of the gateway to subgraphs. */
  fetches: number
  /** Each statement, with the number of rows that it gave. */
  each: StatementEvent[]
}

/** What the gateway asks once a second, whatever clients do. */
const POLLED = /from revocations/

/** Counts what `work` costs; background work has databases of other names, and is not counted. */
export async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  const names = new Set<string>(subgraphs.map(({ name }) => name))
  const each: StatementEvent[] = []
  let fetched = 0
  const onStatement = (message: unknown) => {
    const event = message as StatementEvent
    if (names.has(event.database) && !POLLED.test(event.text)) each.push(event)
  }
  const onFetch = (message: unknown) => void (fetched += (message as FetchEvent).subgraph ? 1 : 0)
  statements.subscribe(onStatement)
  fetches.subscribe(onFetch)
  try {
    await work()
    return { statements: each.length, fetches: fetched, each }
  } finally {
    statements.unsubscribe(onStatement)
    fetches.unsubscribe(onFetch)
  }
}
