import { errors, jwtVerify } from 'jose'
import { LRUCache } from 'lru-cache'
import { UnauthenticatedError, UnavailableError } from '../../platform/graphql/errors.ts'
import { AUDIENCE, ISSUER } from '../../platform/identity/access-tokens.ts'
import { viewerClaims, type Viewer } from '../../platform/identity/viewer.ts'
import { LastGoodFile } from '../last-good-file.ts'
import { IssuerKeys } from './issuer-keys.ts'

const REMEMBERED = 50_000
const LONGEST_TOKEN = 4_000
/** Addresses of keys that are remembered: more than supergraphs that are served at once. */
const KEY_SETS = 4

/**
 * Who a request is made by, from its Authorization header; null when it has none.
 * @throws UnauthenticatedError when the header is not the access token of a live session.
 * @throws UnavailableError when the token cannot be checked now.
 */
export type Authenticate = (authorization: string | undefined) => Promise<Viewer | null>

export interface AuthenticateSettings {
  /** Where the public keys are now; undefined when nobody issues tokens for this graph. */
  jwksUrl: () => string | undefined
  /** Where keys are kept for a start while their issuer is away. */
  dataDir: string
  /** Whether a session has ended. */
  isEnded: (sessionId: string) => boolean
}

/** A token is verified once and remembered while it is valid: a signature check costs more than a whole query. */
export function createAuthenticate({ jwksUrl, dataDir, isEnded }: AuthenticateSettings): Authenticate {
  const keySets = new LRUCache<string, IssuerKeys>({ max: KEY_SETS })
  function keysAt(url: string): IssuerKeys {
    const keys =
      keySets.get(url) ??
      new IssuerKeys(
        new URL(url),
        new LastGoodFile(dataDir, { file: 'last-jwks.txt', what: 'set of keys', origin: url }),
      )
    keySets.set(url, keys)
    return keys
  }
  const verified = new LRUCache<string, Viewer>({ max: REMEMBERED })
  return async (authorization) => {
    if (authorization === undefined || authorization === '') return null
    const token = /^Bearer +([\w.~+/-]+=*)$/i.exec(authorization)?.[1]
    const url = jwksUrl()
    if (!token || token.length > LONGEST_TOKEN || !url) throw new UnauthenticatedError(NOT_A_TOKEN)
    // Whoever issued tokens before another supergraph was served is believed no more.
    const remembered = `${url} ${token}`
    const remember = (found: Viewer, ttl: number) => void verified.set(remembered, found, { ttl })
    const viewer = verified.get(remembered) ?? (await verify(token, keysAt(url), remember))
    if (!isEnded(viewer.sessionId)) return viewer
    throw new UnauthenticatedError('The session of this access token has ended. Sign in again.')
  }
}

const NOT_A_TOKEN =
  "The Authorization header holds no valid access token. Send 'Bearer' and the token, or leave the header out."

async function verify(
  token: string,
  keys: IssuerKeys,
  remember: (viewer: Viewer, ttl: number) => void,
): Promise<Viewer> {
  try {
    const { payload } = await jwtVerify(token, keys.find, {
      algorithms: ['EdDSA', 'ES256'],
      issuer: ISSUER,
      audience: AUDIENCE,
      typ: 'at+jwt',
      requiredClaims: ['exp'],
    })
    const viewer = viewerClaims.parse(payload)
    const validFor = (payload.exp ?? 0) * 1_000 - Date.now()
    if (validFor > 0) remember(viewer, validFor)
    return viewer
  } catch (error) {
    if (error instanceof errors.JWTExpired)
      throw new UnauthenticatedError('The access token has expired. Refresh the session, or sign in again.')
    if (isAboutTheToken(error)) throw new UnauthenticatedError(NOT_A_TOKEN)
    throw new UnavailableError({ cause: error })
  }
}

/** What jose says of a token; failures to read the keys are of other kinds. */
function isAboutTheToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false
  return (
    (error instanceof errors.JOSEError && error.constructor !== errors.JOSEError) ||
    (error instanceof Error && error.name === 'ZodError')
  )
}
