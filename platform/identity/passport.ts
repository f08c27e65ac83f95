import { jwtVerify, SignJWT } from 'jose'
import { LRUCache } from 'lru-cache'
import { z } from 'zod'
import { viewerKey, claimsOf, viewerClaims, type Viewer } from './viewer.ts'

/** The header in which the gateway tells a subgraph who asks. */
export const PASSPORT_HEADER = 'x-passport'

/** How long a passport is valid, and how long the gateway goes on using one, in seconds. */
const LIFETIME = 60
const REUSE = 30
const REMEMBERED = 10_000
/** How far the clocks of gateway and subgraph may differ. */
const CLOCK_SKEW = '120 s'

const passportClaims = z.object({ viewer: z.union([z.null(), viewerClaims]) })

/** Gives the passport of a viewer, or of nobody, for one subgraph: made once, and used again for half its life. */
export type PassportOffice = (viewer: Viewer | null) => Promise<string>

/**
 * @param subgraph the only one that accepts the passports.
 * @param keys HMAC keys that gateway and subgraph share; the first one signs.
 */
export function createPassportOffice(subgraph: string, [key]: [string, ...string[]]): PassportOffice {
  const secret = new TextEncoder().encode(key)
  const made = new LRUCache<string, Promise<string>>({ max: REMEMBERED, ttl: REUSE * 1_000 })
  return (viewer) => {
    const name = viewerKey(viewer)
    const known = made.get(name)
    if (known) return known
    const passport = new SignJWT({ viewer: viewer && claimsOf(viewer) })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(subgraph)
      .setIssuedAt()
      .setExpirationTime(`${LIFETIME} s`)
      .sign(secret)
    made.set(name, passport)
    return passport
  }
}

/** Reads a passport: its viewer, null for an anonymous one, or 'invalid'. */
export type PassportControl = (passport: string | undefined) => Promise<Viewer | null | 'invalid'>

/**
 * Checks passports at a subgraph. What was checked once is remembered while it is valid.
 * @param keys all that are accepted, so that keys can be rotated without a pause.
 */
export function createPassportControl(subgraph: string, keys: string[]): PassportControl {
  const secrets = keys.map((key) => new TextEncoder().encode(key))
  const checked = new LRUCache<string, { viewer: Viewer | null }>({ max: REMEMBERED })
  return async (passport) => {
    if (!passport) return 'invalid'
    const known = checked.get(passport)
    if (known) return known.viewer
    const verified = await verify(passport, subgraph, secrets)
    if (!verified) return 'invalid'
    checked.set(passport, { viewer: verified.viewer }, { ttl: verified.validFor })
    return verified.viewer
  }
}

async function verify(passport: string, subgraph: string, secrets: Uint8Array[]) {
  for (const secret of secrets) {
    const result = await jwtVerify(passport, secret, {
      algorithms: ['HS256'],
      audience: subgraph,
      maxTokenAge: `${LIFETIME} s`,
      clockTolerance: CLOCK_SKEW,
      requiredClaims: ['exp', 'iat'],
    }).catch(() => null)
    if (!result) continue
    const claims = passportClaims.safeParse(result.payload)
    const validFor = (result.payload.exp ?? 0) * 1_000 - Date.now()
    if (claims.success) return { viewer: claims.data.viewer, validFor: Math.max(1, validFor) }
  }
  return null
}
