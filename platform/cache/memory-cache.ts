import { randomUUID } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import {
  changingGeneration,
  GENERATION_KEPT,
  isChanging,
  STALE,
  SUSPENDED,
  type Cache,
  type CachedValue,
  type CacheItem,
  type CacheWrite,
} from './cache.ts'

/** Bytes that all values together may take, and how many generations are kept. */
const BYTES = 64_000_000
const GENERATIONS = 100_000

interface Kept extends CachedValue {
  generation: string
}

/** A cache in the memory of this process, for all parts that run in it. */
export function createMemoryCache(): Cache {
  const generations = new LRUCache<string, string>({ max: GENERATIONS, ttl: GENERATION_KEPT })
  const values = new LRUCache<string, Kept>({
    maxSize: BYTES,
    sizeCalculation: ({ text }, key) => text.length + key.length + 100,
  })
  const claims = new LRUCache<string, true>({ max: 10_000 })
  function generationOf(tag: string): string {
    const known = generations.get(tag)
    if (known !== undefined) return known
    const generation = randomUUID()
    generations.set(tag, generation)
    return generation
  }
  const isCurrent = ({ tag, generation }: CacheWrite) => generations.get(tag) === generation
  function look({ key, tag }: CacheItem) {
    const generation = generationOf(tag)
    const value = values.get(key)
    return { generation, value: value?.generation === generation ? value : null }
  }
  return {
    isElsewhere: false,
    read: async (items) => items.map(look),
    async write(writes) {
      for (const write of writes) {
        const { key, generation, value } = write
        const ttl = value.expiresAt + STALE - Date.now()
        if (ttl > 0 && !isChanging(generation) && isCurrent(write)) values.set(key, { ...value, generation }, { ttl })
      }
      return writes.flatMap((write) => (isCurrent(write) ? [] : [write.tag]))
    },
    async claim({ key }, duration) {
      if (claims.has(key)) return false
      claims.set(key, true, { ttl: duration })
      return true
    },
    async suspend(tags) {
      for (const tag of tags) generations.set(tag, changingGeneration(), { ttl: SUSPENDED })
    },
    async invalidate(tags) {
      for (const tag of tags) generations.set(tag, randomUUID())
    },
    async [Symbol.asyncDispose]() {
      values.clear()
    },
  }
}
