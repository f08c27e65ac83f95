import { Freshness } from './cache/freshness.ts'
import { Cancellation } from './cancellation.ts'
import type { Bill } from './limits/toll.ts'
import type { Client } from './request/client-of.ts'
import type { Viewer } from '../platform/identity/viewer.ts'

/** What is known of a request besides its operation. */
export interface GatewayContext {
  /** Whether somebody wants an answer, or an operation is only to be made ready. */
  purpose: 'answer' | 'rehearsal'
  /** Who asks; null for nobody. */
  viewer: Viewer | null
  requestId: string
  clientAddress: string
  /** The program that asks, as it says itself. */
  client: Client
  /** The client's User-Agent, if it sent one. */
  userAgent: string | undefined
  /** Subgraphs that a developer wants to be asked elsewhere, with the addresses. */
  routed: ReadonlyMap<string, string> | null
  /** Whether a developer wants to know what the cache did. */
  isExplained: boolean
  account: Account
  /** Of the request's body, in characters. */
  bodyLength: number
  /** Whether the client wants to know what it cost. */
  isPriced: boolean
  /** Tells when nobody waits for the answer any more. */
  cancellation: Cancellation
  /** How fresh the answer is, and how long it may be kept. */
  freshness: Freshness
  /** When the request came, in ms of `performance.now()`. */
  began: number
  /** When the answer is due at the latest, in ms of `performance.now()`. */
  deadline: number
}

/** What has been paid for so far. */
interface Account {
  /** What the operation cost; null until it was charged. */
  bill: Bill | null
  /** Whether its planning was paid for. */
  isPlanned: boolean
  /** Whether Apollo Server let its plugins know of the request. */
  isNoted: boolean
}

/** What a context has to be given. */
type Given = Pick<GatewayContext, 'viewer' | 'requestId' | 'clientAddress' | 'client' | 'deadline'>

/** The context of a request; what is not given is as it is for most. */
export function createContext(given: Given & Partial<GatewayContext>): GatewayContext {
  return {
    purpose: 'answer',
    userAgent: undefined,
    isExplained: false,
    isPriced: false,
    routed: null,
    account: { bill: null, isPlanned: false, isNoted: false },
    bodyLength: 0,
    cancellation: new Cancellation(),
    freshness: new Freshness(),
    began: performance.now(),
    ...given,
  }
}
