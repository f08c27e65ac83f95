import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { subgraphs } from '../../schema/subgraphs.ts'
import { eventually } from './eventually.ts'
import type { TestGraph } from './start-graph.ts'

/** Longer than caches are told of an event once more, and than gateways remember what they have seen, in ms. */
const TOLD_AGAIN = 2_500

/** Waits until every event was told, and caches keep what they are given from then on. */
export async function settled(graph: TestGraph): Promise<void> {
  for (const { name } of subgraphs)
    await eventually(async () =>
      expect(await graph.database.sql(`select type from ${name}.outbox where published_at is null`)).toEqual([]),
    )
  await sleep(TOLD_AGAIN)
}
