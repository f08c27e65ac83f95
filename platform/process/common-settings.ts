import { setting } from './settings.ts'
import { oneOf, text, urlOf, urlsOf, wholeNumber } from './setting-types.ts'

export const databaseUrl = urlOf(['postgres', 'postgresql'])

export const redisUrl = urlsOf(['redis', 'rediss'])

/** What draining may take, in seconds: of the 30 s that a stop has, whoever sends slowly, or waits for an answer, needs 10. */
const LONGEST_DRAIN = 15

/** Settings that every process has. */
export const commonSettings = {
  host: setting('HOST', text('127.0.0.1')),
  dataDir: setting('DATA_DIR', text('.data')),
  databaseUrl: setting('DATABASE_URL', databaseUrl.optional()),
  cache: setting('RESPONSE_CACHE', oneOf(['on', 'off'], 'on')),
  redisUrl: setting('REDIS_URL', redisUrl.optional()),
  mode: setting(
    'NODE_ENV',
    oneOf(['production', 'development', 'test'], 'development').transform((value): Mode =>
      value === 'production' ? 'production' : 'development',
    ),
  ),
  logLevel: setting('LOG_LEVEL', oneOf(['debug', 'info', 'warn', 'error', 'silent'], 'info')),
  drainSeconds: setting('DRAIN_SECONDS', wholeNumber(5, 0, LONGEST_DRAIN)),
}

/** In production nothing is made up (keys), and nothing is shown that helps an attacker. */
export type Mode = 'production' | 'development'

/** The mode of an environment, for settings that differ by it. */
export function modeIn(environment: NodeJS.ProcessEnv): Mode {
  return environment.NODE_ENV === 'production' ? 'production' : 'development'
}
