import { createHash, createHmac, randomBytes } from 'node:crypto'

/** How long a session lives without being used, in ms. */
const REFRESH_TOKEN_LIFETIME = 30 * 24 * 3_600_000

/** A new refresh token: 256 random bits. */
export const newRefreshToken = (): string => randomBytes(32).toString('base64url')

/** What is stored of a refresh token. */
export const hashOf = (token: string): Buffer => createHash('sha256').update(token).digest()

/**
 * The refresh token that follows another one. It is derived with a key, so that a client that lost the answer and asks
 * again gets the same one, though none is stored.
 */
export const successorOf = (token: string, key: string): string =>
  createHmac('sha256', key).update(`successor of ${token}`).digest('base64url')

/** When a refresh token that is issued now ends. */
export const refreshTokenExpiry = (): Date => new Date(Date.now() + REFRESH_TOKEN_LIFETIME)
