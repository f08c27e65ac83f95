import { randomBytes, randomUUID } from 'node:crypto'
import { link, mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { z } from 'zod'
import type { Mode } from '../process/common-settings.ts'
import { StartError } from '../process/start-error.ts'

const MISSING = 'must be set in production (npm run keys makes keys)'

/** Keys as settings: in production they must be there, and on a development machine they are made up. */
export function keySettings(mode: Mode) {
  const isOptional = mode === 'development'
  return {
    hmac: isOptional ? hmacKeys.optional() : hmacKeys,
    signing: isOptional ? signingKeys.optional() : signingKeys,
  }
}

/** HMAC keys as a setting: separated by commas, the first one signs, each of 32 characters at least. */
const hmacKeys = z.string({ error: MISSING }).transform((value, context): [string, ...string[]] => {
  const [first = '', ...others] = value.split(',').map((key) => key.trim())
  if ([first, ...others].some((key) => key.length < 32))
    context.addIssue('must be keys of at least 32 characters each, separated by commas (npm run keys makes some)')
  return [first, ...others]
})

const privateJwk = z.looseObject({ kty: z.string(), kid: z.string(), alg: z.enum(['EdDSA', 'ES256']), d: z.string() })

/** Private keys as a setting: a JSON array of JWKs, the first one signs. */
const signingKeys = z.string({ error: MISSING }).transform((value, context): SigningKeys => {
  try {
    const [first, ...others] = z.array(privateJwk).min(1).parse(JSON.parse(value))
    if (first) return [first, ...others]
  } catch {
    // Told below: what is wrong with a secret is not repeated in a log.
  }
  context.addIssue(
    'must be a JSON array of private JWKs with kty, kid, alg (EdDSA or ES256) and d (npm run keys makes one)',
  )
  return z.NEVER
})

export type PrivateJwk = z.infer<typeof privateJwk>
export type SigningKeys = [PrivateJwk, ...PrivateJwk[]]

const developmentKeys = z.object({ accessTokens: z.tuple([privateJwk]), passports: z.string() })
export type DevelopmentKeys = z.infer<typeof developmentKeys>

/**
 * The keys of a development machine: made once, kept in `DATA_DIR`, the same for every process that uses it.
 * @throws StartError when the folder cannot be used.
 */
export async function keysForDevelopment(dataDir: string): Promise<DevelopmentKeys> {
  const file = join(resolve(dataDir), 'keys.json')
  try {
    return await readKeys(file).catch(() => makeKeys(file))
  } catch (error) {
    throw new StartError(
      `DATA_DIR ${resolve(dataDir)} cannot be used: its keys cannot be read or written. Set DATA_DIR to a folder that you can write to.`,
      { cause: error },
    )
  }
}

/** The passport key of one subgraph on a development machine. */
export function passportKeyFor({ passports }: DevelopmentKeys, subgraph: string): [string] {
  return [`${passports} ${subgraph}`]
}

/** A new key pair to sign access tokens with. */
export async function newSigningKey(): Promise<PrivateJwk> {
  const { privateKey } = await generateKeyPair('EdDSA', { extractable: true })
  const kid = randomBytes(9).toString('base64url')
  return privateJwk.parse({ ...(await exportJWK(privateKey)), alg: 'EdDSA', kid })
}

/** A new key for HMAC. */
export const newHmacKey = (): string => randomBytes(32).toString('base64url')

async function readKeys(file: string): Promise<DevelopmentKeys> {
  return developmentKeys.parse(JSON.parse(await readFile(file, 'utf8')))
}

/** Whoever links first wins, so that processes that start together agree. */
async function makeKeys(file: string): Promise<DevelopmentKeys> {
  const draft = `${file}.${randomUUID()}`
  await mkdir(join(file, '..'), { recursive: true })
  await writeFile(draft, JSON.stringify({ accessTokens: [await newSigningKey()], passports: newHmacKey() }), {
    mode: 0o600,
  })
  await link(draft, file).catch(() => undefined)
  await rm(draft)
  return readKeys(file)
}
