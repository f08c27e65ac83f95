import { createPublicKey } from 'node:crypto'
import { importJWK, SignJWT, type JSONWebKeySet } from 'jose'
import { ACCESS_TOKEN_LIFETIME, AUDIENCE, ISSUER } from '../../platform/identity/access-tokens.ts'
import type { PrivateJwk, SigningKeys } from '../../platform/identity/keys.ts'
import { claimsOf, type Viewer } from '../../platform/identity/viewer.ts'

export interface AccessTokenIssuer {
  /** Signs an access token for a viewer. */
  issue: (viewer: Viewer) => Promise<{ accessToken: string; accessTokenExpiresAt: Date }>
  /** The public keys that tokens can be checked with, as a JWK set. */
  publicKeys: JSONWebKeySet
}

/** @param keys the first one signs; all are published, so that tokens of an older one stay valid. */
export async function createAccessTokenIssuer(keys: SigningKeys): Promise<AccessTokenIssuer> {
  const [{ alg, kid }] = keys
  const key = await importJWK(keys[0], alg)
  return {
    async issue(viewer) {
      const expiresAt = Math.floor(Date.now() / 1_000) + ACCESS_TOKEN_LIFETIME
      const accessToken = await new SignJWT(claimsOf(viewer))
        .setProtectedHeader({ alg, kid, typ: 'at+jwt' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setIssuedAt()
        .setExpirationTime(expiresAt)
        .sign(key)
      return { accessToken, accessTokenExpiresAt: new Date(expiresAt * 1_000) }
    },
    publicKeys: { keys: keys.map(publicPartOf) },
  }
}

function publicPartOf({ alg, kid, ...key }: PrivateJwk): JSONWebKeySet['keys'][number] {
  const { kty, ...parts } = createPublicKey({ key, format: 'jwk' }).export({ format: 'jwk' })
  return { ...parts, kty: kty ?? key.kty, alg, kid, use: 'sig' }
}
