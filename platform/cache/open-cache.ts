import type { Cache } from './cache.ts'
import { createMemoryCache } from './memory-cache.ts'

/** Where answers are kept. */
export interface CacheSettings {
  cache: 'on' | 'off'
  /** The Redis that all processes share. */
  redisUrl: string | undefined
}

/** The cache of a process that shares it with others: in Redis; undefined where there is none. */
export async function openSharedCache({ cache, redisUrl }: CacheSettings): Promise<Cache | undefined> {
  if (cache !== 'on' || !redisUrl) return undefined
  // The client of Redis takes 25 MB, which processes without one do not need to have.
  const { createRedisCache } = await import('./redis-cache.ts')
  return createRedisCache(redisUrl)
}

/** The cache of a process that all parts run in: in Redis, or in its memory. */
export async function openCache(settings: CacheSettings): Promise<Cache | undefined> {
  return (await openSharedCache(settings)) ?? (settings.cache === 'on' ? createMemoryCache() : undefined)
}
