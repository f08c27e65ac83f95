import { createHash } from 'node:crypto'
import { LRUCache } from 'lru-cache'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'
import { shortName } from '../request/request-log.ts'
import type { Safelist } from './safelist.ts'

/** What documents may take of which is remembered whether they are on the list, in characters. */
const REMEMBERED = 10_000_000

/** What becomes of operations that are not on the list: they are refused, or only told of. */
export class Admission {
  readonly safelist: Safelist
  readonly mode: 'safelist' | 'log'
  readonly #listed = new LRUCache<string, { isListed: boolean }>({
    maxSize: REMEMBERED,
    // What is remembered of a short one takes some more.
    sizeCalculation: (_, document) => document.length + 200,
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
    if (this.isListed(document)) return true
    const told = { requestId, operationName: shortName(name), sha256: sha256Of(document), client }
    if (purpose === 'answer') log.warn(told, 'an operation that is not on the list was sent')
    return this.mode === 'log'
  }

  isListed(document: string): boolean {
    const known = this.#listed.get(document)
    if (known) return known.isListed
    const isListed = this.safelist.has(document)
    this.#listed.set(document, { isListed })
    return isListed
  }
}

/** What clients and manifests know a document by. */
const sha256Of = (document: string) => createHash('sha256').update(document).digest('hex')
