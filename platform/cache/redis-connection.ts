import { Cluster, Redis, type RedisOptions } from 'ioredis'
import { log } from '../process/log.ts'

/** Scripts of the cache, each over the keys of one tag. */
export interface CacheCommands {
  /** Gives the tag's generation, which it makes where there is none, and the value. */
  lookUp: (
    generationKey: string,
    valueKey: string,
    fresh: string,
    kept: number,
  ) => Promise<[generation: string, value: string | null]>
  /** Keeps a value if the tag still has the generation that was read before it was loaded. */
  keep: (generationKey: string, valueKey: string, generation: string, value: string, ttl: number) => Promise<number>
}

const LOOK_UP = `
local generation = redis.call('GET', KEYS[1])
if not generation then
  generation = ARGV[1]
  redis.call('SET', KEYS[1], generation, 'PX', ARGV[2])
end
return { generation, redis.call('GET', KEYS[2]) }`

const KEEP = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
return 1`

/**
 * With the library's defaults a Redis that is dead fails a command after more than a minute, one that is frozen never,
 * and a lost reply runs a command twice.
 */
const PATIENCE = {
  enableOfflineQueue: false,
  maxRetriesPerRequest: 0,
  autoResendUnfulfilledCommands: false,
  // Whoever asks waits for less (see redis-cache.ts); this ends what a frozen Redis leaves behind.
  commandTimeout: 1_000,
  connectTimeout: 500,
  // A host that vanished without a word is left, and looked for anew.
  socketTimeout: 2_000,
  retryStrategy: (attempt: number) => Math.min(attempt * 50, 500),
} satisfies RedisOptions

const SCRIPTS = { lookUp: { lua: LOOK_UP, numberOfKeys: 2 }, keep: { lua: KEEP, numberOfKeys: 2 } }

/**
 * Connects to Redis, in the background: it may be away for now.
 * @param url one address, or several of one cluster, separated by commas.
 */
export function connectRedis(url: string): (Redis | Cluster) & CacheCommands {
  const [first = '', ...others] = url.split(',').map((each) => each.trim())
  const redis = others.length > 0 ? connectCluster([first, ...others]) : connectOne(first)
  redis.on('error', ({ message }: Error) => log.debug({ reason: message }, 'Redis cannot be reached'))
  return withCommands(redis)
}

function connectOne(url: string): Redis {
  return new Redis(url, { ...PATIENCE, enableAutoPipelining: true, scripts: SCRIPTS })
}

function connectCluster(urls: string[]): Cluster {
  const [first] = urls.map((url) => new URL(url))
  return new Cluster(urls, {
    enableAutoPipelining: true,
    enableOfflineQueue: false,
    scripts: SCRIPTS,
    slotsRefreshTimeout: 500,
    slotsRefreshInterval: 2_000,
    clusterRetryStrategy: (attempt) => Math.min(attempt * 50, 500),
    redisOptions: {
      ...PATIENCE,
      ...(first?.password && { password: decodeURIComponent(first.password) }),
      ...(first?.username && { username: decodeURIComponent(first.username) }),
      ...(first?.protocol === 'rediss:' && { tls: {} }),
    },
  })
}

type Scripted = (Redis | Cluster) & CacheCommands

/** The scripts are commands of the connection, which the library's types do not know. */
function withCommands(redis: Redis | Cluster): Scripted {
  if (!hasCommands(redis)) throw new Error('the connection has no scripts')
  return redis
}

function hasCommands(redis: Redis | Cluster): redis is Scripted {
  return 'lookUp' in redis && 'keep' in redis
}
