import {
  createLocalJWKSet,
  createRemoteJWKSet,
  customFetch,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
} from 'jose'
import { UnavailableError } from '../../platform/graphql/errors.ts'
import { log } from '../../platform/process/log.ts'
import type { LastGoodFile } from '../last-good-file.ts'

/** How long an issuer may take to send its keys, in ms. */
const PATIENCE = 3_000
/** For how long they are not read again, whether they could be read or not, in ms. */
const COOL_DOWN = 5_000
/**
 * After how long they are read again, although all that were asked for are there, in ms: one may be gone. Who asks waits
 * for that only where nobody did for twice as long.
 */
const LONGEST_USE = 600_000

/** How old keys of an earlier start may be, in ms: one that was taken out since is believed for so long. */
const LONGEST_KEPT = 86_400_000

/** The longest answer that holds keys, in bytes. */
const LARGEST = 100_000

/**
 * The public keys of who issues tokens, read when they are needed. While the issuer is away, the keys that are known
 * are used on, those of an earlier start too, and nobody waits for others than the first.
 */
export class IssuerKeys {
  readonly #remote: ReturnType<typeof createRemoteJWKSet>
  readonly #lastGood: LastGoodFile
  /** In ms of `Date.now()`. */
  #readAt = -Infinity
  #failedAt = -Infinity

  constructor(url: URL, lastGood: LastGoodFile) {
    this.#lastGood = lastGood
    this.#remote = createRemoteJWKSet(url, {
      timeoutDuration: PATIENCE,
      cooldownDuration: COOL_DOWN,
      // Old keys are read again here, beside the work.
      cacheMaxAge: Infinity,
      [customFetch]: (address, options) => this.#read(address, options),
    })
  }

  /** The key that a token was signed with. @throws UnavailableError when it is not known, and cannot be read now. */
  readonly find: JWTVerifyGetKey = async (header, token) => {
    if (this.#isOld) {
      // A failure is told where it happens.
      const reading = this.#remote.reload().catch(() => undefined)
      if (Date.now() > Math.max(this.#readAt, this.#failedAt) + 2 * LONGEST_USE) await reading
    }
    try {
      return await this.#remote(header, token)
    } catch (error) {
      // It may be there, where the keys that are known are those of before.
      if (error instanceof errors.JWKSNoMatchingKey && this.#failedAt > this.#readAt)
        throw new UnavailableError({ cause: error })
      throw error
    }
  }

  get #isOld(): boolean {
    const isKnown = this.#remote.jwks() !== undefined
    return isKnown && Date.now() > Math.max(this.#readAt + LONGEST_USE, this.#failedAt + COOL_DOWN)
  }

  async #read(address: string, options: RequestInit): Promise<Response> {
    if (Date.now() < this.#failedAt + COOL_DOWN) throw new UnavailableError()
    try {
      const response = await fetch(address, options)
      if (response.status !== 200) throw new Error(`the issuer answered ${response.status}`)
      const text = await textOf(response)
      requireKeys(text)
      this.#readAt = Date.now()
      // Beside the work: nobody waits for a disk.
      void this.#lastGood.keep(text)
      return new Response(text)
    } catch (error) {
      this.#failedAt = Date.now()
      log.warn({ err: error }, 'the keys of access tokens could not be read')
      const kept = this.#remote.jwks() ? null : await this.#lastGood.read(LONGEST_KEPT)
      if (kept === null) throw error
      requireKeys(kept)
      return new Response(kept)
    }
  }
}

/** @throws Error where a text is no set of keys. */
function requireKeys(text: string): void {
  const keys: JSONWebKeySet = JSON.parse(text)
  createLocalJWKSet(keys)
}

/** The body of an answer. @throws Error when it is larger than keys are. */
async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body ?? []) {
    size += chunk.length
    if (size > LARGEST) throw new Error(`the issuer sent more than ${LARGEST} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
