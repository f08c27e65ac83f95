import { z } from 'zod'
import { IDENTITY_SUBGRAPH } from '../platform/identity/access-tokens.ts'
import { keySettings } from '../platform/identity/keys.ts'
import { variablePrefix } from '../platform/identity/subgraph-keys.ts'
import { commonSettings, databaseUrl, type Mode } from '../platform/process/common-settings.ts'
import { StartError } from '../platform/process/start-error.ts'
import { port, sender, urlOf, wholeNumber } from '../platform/process/setting-types.ts'
import { setting, type SettingsOf } from '../platform/process/settings.ts'

/** Settings of one subgraph. */
export function subgraphSettings(name: string, defaultPort: number, mode: Mode) {
  const keys = keySettings(mode)
  return {
    ...databaseSettings(name),
    port: setting(`${variablePrefix(name)}_PORT`, port(defaultPort)),
    passportKeys: setting(`${variablePrefix(name)}_PASSPORT_KEYS`, keys.hmac),
    accessTokenKeys: setting(
      'ACCESS_TOKEN_KEYS',
      name === IDENTITY_SUBGRAPH ? keys.signing : z.undefined().catch(undefined),
    ),
  } satisfies SettingsOf
}

/** How mails are sent. */
export const mailSettings = {
  smtpUrl: setting('SMTP_URL', urlOf(['smtp', 'smtps']).optional()),
  from: setting('MAIL_FROM', sender('shop@example.com')),
  dataDir: commonSettings.dataDir,
} satisfies SettingsOf

/** How events travel between subgraphs. */
export const busSettings = {
  amqpUrl: setting('AMQP_URL', urlOf(['amqp', 'amqps']).optional()),
  firstPause: setting('EVENT_RETRY_MS', wholeNumber(2_000, 10, 3_600_000)),
} satisfies SettingsOf

/** Where the tables of one subgraph are, when it has a database of its own. */
export function databaseSettings(name: string) {
  return { databaseUrl: setting(`${variablePrefix(name)}_DATABASE_URL`, databaseUrl.optional()) } satisfies SettingsOf
}

/**
 * The database of a subgraph that runs by itself.
 * @throws StartError when neither its own nor the shared one is set.
 */
export function databaseUrlOf(name: string, own: string | undefined, shared: string | undefined): string {
  const url = own ?? shared
  if (!url)
    throw new StartError(
      `DATABASE_URL: must be set to a PostgreSQL server (or ${variablePrefix(name)}_DATABASE_URL). npm start brings one of its own, which commands find while it runs.`,
    )
  return url
}
