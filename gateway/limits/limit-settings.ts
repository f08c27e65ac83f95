import { operationLimitSettings } from '../../platform/graphql/limits/operation-limit-settings.ts'
import { redisUrl } from '../../platform/process/common-settings.ts'
import { wholeNumber } from '../../platform/process/setting-types.ts'
import { setting, type SettingsOf, type ValuesOf } from '../../platform/process/settings.ts'

/** What clients may ask for in a while, in points of cost. */
const rateSettings = {
  /** What a viewer may spend at once, and what comes back each second. */
  points: setting('RATE_POINTS', wholeNumber(2_000, 1, 1_000_000_000)),
  refill: setting('RATE_REFILL', wholeNumber(100, 1, 1_000_000_000)),
  /** How many viewers' worth all of one address may spend together. */
  viewersPerAddress: setting('RATE_VIEWERS_PER_ADDRESS', wholeNumber(10, 1, 1_000_000)),
  /** Where all gateways count together; each counts by itself without. */
  redisUrl: setting('REDIS_URL', redisUrl.optional()),
} satisfies SettingsOf

/** From when on queries are refused, since there is too much to do. */
const loadSettings = {
  /** Requests under way at once, at most: fewer where they wait for each other. */
  inFlight: setting('MAX_IN_FLIGHT', wholeNumber(1_000, 1, 100_000)),
  /** How late the event loop may be, in ms. */
  loopDelay: setting('MAX_LOOP_DELAY_MS', wholeNumber(150, 1, 10_000)),
} satisfies SettingsOf

/** Limits of what clients may send. */
export const limitSettings = {
  bodyBytes: setting('MAX_BODY_BYTES', wholeNumber(100_000, 1_000, 10_000_000)),
  ...operationLimitSettings,
  /** What compiled operations may take of the gateway's memory, in MB, roughly. */
  operationsMemory: setting('OPERATIONS_MEMORY_MB', wholeNumber(100, 1, 10_000)),
  rate: rateSettings,
  load: loadSettings,
} satisfies SettingsOf

export type RateLimits = ValuesOf<typeof rateSettings>
export type LoadLimits = ValuesOf<typeof loadSettings>
export type Limits = ValuesOf<typeof limitSettings>
