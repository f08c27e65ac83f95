import { commonSettings, databaseUrl, type Mode } from '../platform/process/common-settings.ts'
import { oneOf, origins, port, text, urlOf, wholeNumber } from '../platform/process/setting-types.ts'
import { setting, type SettingsOf } from '../platform/process/settings.ts'
import { limitSettings } from './limits/limit-settings.ts'
import { keySettings } from '../platform/identity/keys.ts'
import { variablePrefix } from '../platform/identity/subgraph-keys.ts'

/** Where the gateway's supergraph comes from, and where the last good one is kept. */
export const supergraphSettings = {
  source: setting('SUPERGRAPH', text('schema/supergraph.graphql')),
  dataDir: commonSettings.dataDir,
} satisfies SettingsOf

/** Settings of the gateway alone. */
export const gatewaySettings = {
  ...commonSettings,
  port: setting('PORT', port(4000)),
  jwksUrl: setting('JWKS_URL', urlOf(['http', 'https']).optional()),
  /** Origins whose web pages may use the API. */
  corsOrigins: setting('CORS_ORIGINS', origins),
  /** How many proxies stand before the gateway, whose X-Forwarded-For is believed. */
  trustedProxies: setting('TRUSTED_PROXIES', wholeNumber(0, 0, 10)),
  limits: limitSettings,
  /** `plan` prints the plan of each operation that is new; other programs' words are passed over. */
  debug: setting('DEBUG', text('')),
  /** Whether operations that no client was released with are admitted, told of, or refused. */
  persistedOperations: setting('PERSISTED_OPERATIONS', oneOf(['apq', 'log', 'safelist'], 'apq')),
  /** The manifests of the operations that clients were released with: a file, or a folder. */
  operationsManifest: setting('OPERATIONS_MANIFEST', text('schema/operations')),
  usageDatabaseUrl: setting('USAGE_DATABASE_URL', databaseUrl.optional()),
  /** How many of a hundred requests are counted; 0 counts nothing. */
  usageSample: setting('USAGE_SAMPLE', wholeNumber(100, 0, 100)),
} satisfies SettingsOf

/** Where a subgraph is, when it is not where the supergraph says, and the keys that it shares with the gateway. */
export function subgraphAddressSettings(name: string, mode: Mode) {
  return {
    url: setting(`${variablePrefix(name)}_URL`, urlOf(['http', 'https']).optional()),
    passportKeys: setting(`${variablePrefix(name)}_PASSPORT_KEYS`, keySettings(mode).hmac),
  } satisfies SettingsOf
}
