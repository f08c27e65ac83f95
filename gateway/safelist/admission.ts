import { createHash } from 'node:crypto'
import { parse } from 'graphql'
import { LRUCache } from 'lru-cache'
import { withoutLiterals } from '../../platform/graphql/without-literals.ts'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'
import { shortName } from '../request/request-log.ts'
import type { Safelist } from './safelist.ts'

/** What documents may take of which is remembered whether they are on the list, in characters. */
const REMEMBERED = 10_000_000

/** What is known of a document. */
interface Known {
  isListed: boolean
  /** What the log tells of it. */
  excerpt: string | undefined
}

/** What becomes of operations that are not on the list: they are refused, or only told of. */
export class Admission {
  readonly safelist: Safelist
  readonly mode: 'safelist' | 'log'
  readonly #known = new LRUCache<string, Known>({
    maxSize: REMEMBERED,
    // The excerpt, and what is remembered besides.
    sizeCalculation: (_, document) => document.length + LONGEST_DOCUMENT + 200,
  })

  constructor(safelist: Safelist, mode: 'safelist' | 'log') {
    this.safelist = safelist
    this.mode = mode
  }

  /** Tells the log of a document that is not on the list. @returns whether it is answered */
  note(
    document: string,
    name: string | null | undefined,
    { requestId, client, purpose }: Pick<GatewayContext, 'requestId' | 'client' | 'purpose'>,
  ): boolean {
    const known = this.#knownOf(document)
    if (known.isListed) return true
    const told = { requestId, operationName: shortName(name), sha256: sha256Of(document), client }
    if (this.mode === 'log') known.excerpt ??= excerptOf(document)
    if (purpose === 'answer')
      log.warn({ ...told, document: known.excerpt }, 'an operation that is not on the list was sent')
    return this.mode === 'log'
  }

  isListed(document: string): boolean {
    return this.#knownOf(document).isListed
  }

  #knownOf(document: string): Known {
    const known = this.#known.get(document) ?? { isListed: this.safelist.has(document), excerpt: undefined }
    this.#known.set(document, known)
    return known
  }
}

/** Characters of a document that are told. */
const LONGEST_DOCUMENT = 2_000

/** Enough of a document to find it in a client, without what may be somebody's own. */
const excerptOf = (document: string) => withoutLiterals(parse(document)).slice(0, LONGEST_DOCUMENT)

/** What clients and manifests know a document by. */
const sha256Of = (document: string) => createHash('sha256').update(document).digest('hex')
