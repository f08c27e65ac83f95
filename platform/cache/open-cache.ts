import type { Cache } from './cache.ts'
import { createMemoryCache } from './memory-cache.ts'
import { createRedisCache } from './redis-cache.ts'

/** Where answers are kept. */
export interface CacheSettings {
  cache: 'on' | 'off'
  /** The Redis that all processes share. */
  redisUrl: string | undefined
}

/** The cache of a process that shares it with others: in Redis; undefined where there is none. */
export function openSharedCache({ cache, redisUrl }: CacheSettings): Cache | undefined {
  return cache === 'on' && redisUrl ? createRedisCache(redisUrl) : undefined
}

/** The cache of a process that all parts run in: in Redis, or in its memory. */
export function openCache(settings: CacheSettings): Cache | undefined {
  return openSharedCache(settings) ?? (settings.cache === 'on' ? createMemoryCache() : undefined)
}
