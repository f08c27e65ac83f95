import { hmacKeys, signingKeys } from '../platform/identity/keys.ts'
import { variablePrefix } from '../platform/identity/subgraph-keys.ts'
import { databaseUrl } from '../platform/process/common-settings.ts'
import { StartError } from '../platform/process/start-error.ts'
import { port } from '../platform/process/setting-types.ts'
import { setting, type SettingsOf } from '../platform/process/settings.ts'

/** Settings of one subgraph. */
export function subgraphSettings(name: string, defaultPort: number) {
  const prefix = variablePrefix(name)
  return {
    port: setting(`${prefix}_PORT`, port(defaultPort)),
    databaseUrl: setting(`${prefix}_DATABASE_URL`, databaseUrl.optional()),
    passportKeys: setting(`${prefix}_PASSPORT_KEYS`, hmacKeys.optional()),
    accessTokenKeys: setting('ACCESS_TOKEN_KEYS', signingKeys.optional()),
  } satisfies SettingsOf
}

/**
 * The database of a subgraph that runs by itself.
 * @throws StartError when neither its own nor the shared one is set.
 */
export function databaseUrlOf(name: string, own: string | undefined, shared: string | undefined): string {
  const url = own ?? shared
  if (!url)
    throw new StartError(
      `DATABASE_URL: must be set to a PostgreSQL server (or ${variablePrefix(name)}_DATABASE_URL). npm start brings one of its own.`,
    )
  return url
}
