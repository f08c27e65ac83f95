import { wholeNumber } from '../../process/setting-types.ts'
import { setting, type SettingsOf, type ValuesOf } from '../../process/settings.ts'

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

/** What the gateway lets in, and what `npm run operations` lets pass. */
export const operationLimitSettings = {
  document: documentSettings,
  /** Points that an operation may cost. */
  cost: setting('MAX_COST', wholeNumber(1_000, 1, 1_000_000_000)),
} satisfies SettingsOf

export type DocumentLimits = ValuesOf<typeof documentSettings>
export type OperationLimits = ValuesOf<typeof operationLimitSettings>
