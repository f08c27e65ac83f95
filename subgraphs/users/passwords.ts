import { argon2, randomBytes, timingSafeEqual, type Argon2Parameters } from 'node:crypto'
import { promisify } from 'node:util'
import pLimit from 'p-limit'
import { UnavailableError } from '../../platform/graphql/errors.ts'

/** OWASP's first choice for argon2id: 19 MiB, two passes, one lane. */
const COST = { memory: 19_456, passes: 2, parallelism: 1 }
const TAG_LENGTH = 32

/** A hash takes 19 MiB and a thread for some 30 ms: two at once leave the others of the pool to the rest. */
const hashing = pLimit(2)
/** Some 2 s of work: who comes later would wait longer than the gateway does. */
const LONGEST_QUEUE = 100

/** Characters of the longest password that may be, 128, however they are typed. */
const LONGEST_PASSWORD = 1_000

const derive = promisify((parameters: Argon2Parameters, done: (error: Error | null, tag: Buffer) => void) =>
  argon2('argon2id', parameters, done),
)

/** Hashes a password for storage, as a PHC string. */
export async function hashPassword(password: string): Promise<string> {
  const nonce = randomBytes(16)
  const tag = await tagOf(password, nonce, COST)
  const { memory, passes, parallelism } = COST
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${nonce.toString('base64url')}$${tag.toString('base64url')}`
}

const PHC = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w-]+)\$([\w-]+)$/

/**
 * Whether a password is the one that was hashed.
 * @param hash null for an account that does not exist, which takes as long, so that nobody learns that it does not.
 */
export async function isPassword(password: string, hash: string | null): Promise<boolean> {
  const [, memory, passes, parallelism, nonce = '', expected = ''] = PHC.exec(hash ?? '') ?? []
  if (!memory) return tagOf(password, randomBytes(16), COST).then(() => false)
  const cost = { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) }
  const tag = await tagOf(password, Buffer.from(nonce, 'base64url'), cost)
  return timingSafeEqual(tag, Buffer.from(expected, 'base64url'))
}

function tagOf(password: string, nonce: Buffer, cost: typeof COST): Promise<Buffer> {
  if (hashing.pendingCount > LONGEST_QUEUE) throw new UnavailableError()
  // The same characters can be typed in several ways; NFC makes them one. It takes time by the square of what there is:
  // what is longer than any password may be is none, and takes as long as another.
  const typed = password.length > LONGEST_PASSWORD ? '' : password.normalize('NFC')
  const message = Buffer.from(typed, 'utf8')
  return hashing(() => derive({ message, nonce, tagLength: TAG_LENGTH, ...cost }))
}
