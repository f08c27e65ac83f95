import { redisUrl } from '../../platform/process/common-settings.ts'
import { wholeNumber } from '../../platform/process/setting-types.ts'
import { setting, type SettingsOf, type ValuesOf } from '../../platform/process/settings.ts'

/** What an operation may be, whoever sends it. */
const documentSettings = {
  /** The parser's own limit: from 2,000 on a document can exhaust the stack. */
  tokens: setting('MAX_TOKENS', wholeNumber(1_000, 10, 1_500)),
  depth: setting('MAX_DEPTH', wholeNumber(10, 1, 100)),
  aliases: setting('MAX_ALIASES', wholeNumber(30, 0, 1_000)),
  rootFields: setting('MAX_ROOT_FIELDS', wholeNumber(10, 1, 1_000)),
  mutations: setting('MAX_MUTATIONS', wholeNumber(3, 1, 1_000)),
  signIns: setting('MAX_SIGN_INS', wholeNumber(1, 1, 100)),
  operations: setting('MAX_OPERATIONS', wholeNumber(10, 1, 100)),
  directives: setting('MAX_DIRECTIVES', wholeNumber(50, 0, 1_000)),
  /** Fields with those of fragments wherever these are spread. */
  fields: setting('MAX_FIELDS', wholeNumber(1_000, 1, 10_000)),
} satisfies SettingsOf

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
  document: documentSettings,
  /** What compiled operations may take of the gateway's memory, in MB, roughly. */
  operationsMemory: setting('OPERATIONS_MEMORY_MB', wholeNumber(100, 1, 10_000)),
  cost: setting('MAX_COST', wholeNumber(1_000, 1, 1_000_000_000)),
  rate: rateSettings,
  load: loadSettings,
} satisfies SettingsOf

export type DocumentLimits = ValuesOf<typeof documentSettings>
export type RateLimits = ValuesOf<typeof rateSettings>
export type LoadLimits = ValuesOf<typeof loadSettings>
export type Limits = ValuesOf<typeof limitSettings>
