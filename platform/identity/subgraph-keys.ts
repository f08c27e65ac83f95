import { keysForDevelopment, passportKeyFor, type SigningKeys } from './keys.ts'

/** What the variables of a subgraph begin with: `USERS` for users, `GIFT_CARDS` for gift-cards. */
export function variablePrefix(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')
}

/** The keys that a subgraph shares with the gateway; where none were set they are those of this machine. */
export async function passportKeysOf(
  name: string,
  keys: [string, ...string[]] | undefined,
  dataDir: string,
): Promise<[string, ...string[]]> {
  return keys ?? passportKeyFor(await keysForDevelopment(dataDir), name)
}

/** The keys that sign access tokens; where none were set they are those of this machine. */
export async function accessTokenKeysOf(keys: SigningKeys | undefined, dataDir: string): Promise<SigningKeys> {
  return keys ?? (await keysForDevelopment(dataDir)).accessTokens
}
