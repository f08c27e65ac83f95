import { cacheAnswers, type CacheEvent } from '../../platform/observe.ts'
import type { PartOutcome } from './freshness.ts'
import type { PartsRequest, Part } from './parts.ts'

/** Tells what became of each part: to who counts, and to a developer who asks. */
export function tell(
  { subgraph, parts, context }: Omit<PartsRequest, 'load'>,
  outcomes: Map<number, PartOutcome>,
): void {
  const counts: Partial<Record<PartOutcome, number>> = {}
  for (const [index, outcome] of outcomes) {
    counts[outcome] = (counts[outcome] ?? 0) + 1
    if (outcome !== 'uncached') publish(outcome, subgraph, parts[index])
  }
  context.freshness.stories.push({ subgraph, parts: counts })
}

function publish(outcome: Exclude<PartOutcome, 'uncached'>, subgraph: string, part: Part | undefined): void {
  if (cacheAnswers.hasSubscribers)
    cacheAnswers.publish({ outcome, subgraph, subject: part?.subject ?? '' } satisfies CacheEvent)
}
