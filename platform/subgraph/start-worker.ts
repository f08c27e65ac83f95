import { setInterval as every, setTimeout as sleep } from 'node:timers/promises'
import { catchUp, type CatchUpParty } from '../events/catch-up.ts'
import { startRelay } from '../events/relay.ts'
import { pruneEvents } from '../events/outbox.ts'
import type { Mailer } from '../mail.ts'
import type { Database } from '../postgres/database.ts'
import { log } from '../process/log.ts'
import type { SubgraphDefinition } from './definition.ts'

const PRUNE_EVERY = 3_600_000
const CATCH_UP_AGAIN = 2_000

/** A subgraph as a worker serves it. */
export interface WorkedSubgraph {
  definition: SubgraphDefinition
  database: Database
}

/**
 * Does what no request waits for: carries every subgraph's events to the others, and removes what is out of date.
 * Several workers side by side are safe.
 */
export function startWorker(subgraphs: WorkedSubgraph[], mailer: Mailer): AsyncDisposable {
  const resources = new AsyncDisposableStack()
  const listeners = subgraphs.map(({ definition, database }) => ({
    database,
    consumers: definition.consumers,
    reactions: definition.reactions?.({ database, mailer }) ?? {},
  }))
  resources.use(startCatchUp(subgraphs))
  for (const { database } of subgraphs) resources.use(startRelay(database, listeners))
  resources.use(startPruning(subgraphs))
  return resources
}

/** Lets new listeners take over what was there before them; what fails is tried again. */
function startCatchUp(subgraphs: WorkedSubgraph[]): AsyncDisposable {
  const stopping = new AbortController()
  const parties = subgraphs.map(({ definition: { name, consumers, snapshot }, database }) => ({
    name,
    database,
    consumers,
    snapshot,
  }))
  const done = catchUpUntilDone(parties, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await done
    },
  }
}

async function catchUpUntilDone(parties: CatchUpParty[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      return await catchUp(parties)
    } catch (error) {
      log.warn({ err: error }, 'a new listener could not take over what was there before, and will later')
      await sleep(CATCH_UP_AGAIN, undefined, { signal }).catch(() => undefined)
    }
  }
}

function startPruning(subgraphs: WorkedSubgraph[]): AsyncDisposable {
  const stopping = new AbortController()
  const done = pruneEveryHour(subgraphs, stopping.signal)
  return {
    async [Symbol.asyncDispose]() {
      stopping.abort()
      await done
    },
  }
}

async function pruneEveryHour(subgraphs: WorkedSubgraph[], signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of every(PRUNE_EVERY, undefined, { signal })) await Promise.all(subgraphs.map(prune))
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

async function prune({ definition, database }: WorkedSubgraph): Promise<void> {
  await Promise.all([pruneEvents(database), definition.prune?.(database)]).catch((error: unknown) => {
    log.warn({ err: error, database: database.name }, 'what is out of date could not be removed, and will be later')
  })
}
