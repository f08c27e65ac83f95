import type { Mode } from '../process/common-settings.ts'
import { keysForDevelopment, passportKeyFor, type SigningKeys } from './keys.ts'

/** Where keys are made up on a development machine, and whether this is one. */
export interface KeyPlace {
  dataDir: string
  mode: Mode
}

/** What the variables of a subgraph begin with: `USERS` for users, `GIFT_CARDS` for gift-cards. */
export function variablePrefix(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
}

/** The keys that a subgraph shares with the gateway; on a development machine they are made up. */
export async function passportKeysOf(
  name: string,
  keys: [string, ...string[]] | undefined,
  { dataDir, mode }: KeyPlace,
): Promise<[string, ...string[]]> {
  return keys ?? passportKeyFor(await keysForDevelopment(dataDir, mode, `${variablePrefix(name)}_PASSPORT_KEYS`), name)
}

/** The keys that sign access tokens; on a development machine they are made up. */
export async function accessTokenKeysOf(
  keys: SigningKeys | undefined,
  { dataDir, mode }: KeyPlace,
): Promise<SigningKeys> {
  return keys ?? (await keysForDevelopment(dataDir, mode, 'ACCESS_TOKEN_KEYS')).accessTokens
}
