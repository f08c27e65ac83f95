import { cacheAnswers, type CacheEvent } from '../observe.ts'
import { eventSchemas, type EventType, type NewEvent, type PublishedEvent } from '../events/events.ts'
import type { Changes } from '../postgres/database.ts'
import type { Cache } from './cache.ts'
import { tagsOf } from './tags.ts'

/**
 * Makes what events tell of a thing of the past as soon as they are committed. Nothing of it is kept or served from
 * just before: whoever sees the change in the database must not find the past in the cache.
 */
export function changesFor(cache: Cache): Changes {
  return {
    begin: (events) => cache.suspend([...new Set(events.flatMap(tagsOfEvent))]),
    end: (events) => invalidate(cache, events.flatMap(tagsOfEvent)),
  }
}

/** When an event that is on its way is told once more, in ms: a cluster may have lost the first with a node. */
const ONCE_MORE = 1_500

/** The same once more when an event is on its way, in case that nobody was told at its commit. */
export function invalidatingAgain(cache: Cache): (event: PublishedEvent) => Promise<void> {
  return async ({ type, payload }) => {
    const tags = tagsOfPayload(type, payload)
    await invalidate(cache, tags)
    if (cache.isElsewhere) setTimeout(() => void cache.invalidate(tags), ONCE_MORE).unref()
  }
}

async function invalidate(cache: Cache, tags: string[]): Promise<void> {
  const different = [...new Set(tags)]
  await cache.invalidate(different)
  if (!cacheAnswers.hasSubscribers) return
  for (const tag of different) cacheAnswers.publish({ outcome: 'invalidated', subject: tag } satisfies CacheEvent)
}

function tagsOfEvent({ type, payload }: NewEvent): string[] {
  return tagsOfPayload(type, payload)
}

/** Payloads are those of their types where events are recorded; those that come from elsewhere are checked. */
function tagsOfPayload<Type extends EventType>(type: Type, payload: unknown): string[] {
  const parsed = eventSchemas[type].safeParse(payload)
  return parsed.success ? tagsOf(type, parsed.data) : []
}
