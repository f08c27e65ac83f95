import { RateLimitedError } from '../../platform/graphql/errors.ts'
import type { UserId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { isPassword } from './passwords.ts'
import { beginAttempt } from './sign-in-throttle.ts'
import { credentialsById, type Credentials } from './store.ts'

/**
 * Asks a signed-in user for the password once more, throttled like a sign-in, since a stolen access token must not
 * be enough to guess it. Gives null when it is wrong.
 * @param tellRefusal tells the audit trail
 * @throws RateLimitedError after too many failures.
 */
export async function checkOwnPassword(
  db: Queries,
  userId: UserId,
  password: string,
  { address, tellRefusal }: { address: string; tellRefusal: () => Promise<void> },
): Promise<Credentials | null> {
  const attempt = await beginAttempt(db, userId, address)
  if (attempt.isFirstTooMany) await tellRefusal()
  if (attempt.retryAt) throw new RateLimitedError(attempt.retryAt)
  const credentials = await credentialsById(db, userId)
  const isRight = await isPassword(password, credentials?.passwordHash ?? null)
  if (!credentials || !isRight) {
    await tellRefusal()
    return null
  }
  await attempt.forgive()
  return credentials
}
