import { parseJson } from '../../platform/json.ts'
import { PASSPORT_HEADER, type PassportOffice } from '../../platform/identity/passport.ts'
import { fetches, type FetchEvent } from '../../platform/observe.ts'
import type { GatewayContext } from '../context.ts'
import { copyAnswer, readAnswer } from './answer.ts'
import type { Cancellation } from '../cancellation.ts'
import { GuardedHttp } from './guarded-http.ts'
import { InFlight } from './in-flight.ts'
import type { SubgraphAnswer, SubgraphOperation } from './subgraph-executor.ts'

/** How many mutations were done through this gateway, at any subgraph. */
export interface Writes {
  count: number
}

/** What may not stand in a header. */
const NOT_IN_HEADERS = /[^\t\x20-\x7e]/g

/** Speaks to one subgraph over kept-alive connections, in the name of a viewer. */
export class SubgraphClient implements AsyncDisposable {
  readonly name: string
  readonly url: string
  readonly #http: GuardedHttp
  readonly #passports: PassportOffice
  readonly #inFlight = new InFlight(copyAnswer)
  readonly #writes: Writes
  readonly #path: string

  constructor(name: string, url: string, passports: PassportOffice, writes: Writes) {
    this.#writes = writes
    const parsed = new URL(url)
    this.name = name
    this.url = url
    this.#passports = passports
    this.#path = `${parsed.pathname}${parsed.search}`
    this.#http = new GuardedHttp(name, parsed)
  }

  /**
   * Runs an operation at the subgraph. Equal queries of one viewer that are under way at once are asked once.
   * @throws UnavailableError when it cannot be reached or answers nonsense, TimeoutError when it takes too long.
   */
  async run(request: SubgraphOperation, context: GatewayContext): Promise<SubgraphAnswer> {
    const { body, kind } = request
    const passport = await this.#passports(context.viewer)
    const ask = async (cancellation: Cancellation | null) => {
      if (fetches.hasSubscribers) fetches.publish({ subgraph: this.name, body } satisfies FetchEvent)
      return this.#http.request({
        method: 'POST',
        path: this.#path,
        headers: headersFor(context, passport),
        body,
        isRepeatable: kind === 'query',
        requestId: context.requestId,
        until: context.deadline,
        cancellation,
        read: readAnswer,
      })
    }
    return this.#askOrShare(ask, request, passport, context)
  }

  /**
   * A query joins an equal one that is under way. Not one that began before the last write through this gateway: whoever
   * wrote must see it. Nor does who has little time left: the others would be given up with them.
   */
  async #askOrShare(
    ask: (cancellation: Cancellation | null) => Promise<SubgraphAnswer>,
    { body, kind, isShareable, state = '' }: SubgraphOperation,
    passport: string,
    { cancellation, deadline }: GatewayContext,
  ): Promise<SubgraphAnswer> {
    if (kind === 'mutation') return ask(null).finally(() => this.#writes.count++)
    const hasTime = deadline - performance.now() >= this.#http.deadline
    if (!isShareable || !hasTime) return ask(cancellation)
    return this.#inFlight.share(`${this.#writes.count} ${state} ${passport}${body}`, cancellation, ask)
  }

  /** Reads something else that the subgraph serves, as the gateway itself. */
  async get(path: string): Promise<unknown> {
    const passport = await this.#passports(null)
    return this.#http.request({
      method: 'GET',
      path,
      headers: [PASSPORT_HEADER, passport],
      body: null,
      isRepeatable: true,
      until: Infinity,
      cancellation: null,
      read: parseJson,
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]()
  }
}

/** Characters of a client's User-Agent that subgraphs are told: all of it, with what is added, may be more than they read. */
const LONGEST_AGENT = 500

const JSON_BOTH_WAYS = ['content-type', 'application/json', 'accept', 'application/json']

function headersFor({ requestId, clientAddress, userAgent }: GatewayContext, passport: string): string[] {
  const address = clientAddress.replace(NOT_IN_HEADERS, '?')
  const known = [PASSPORT_HEADER, passport, 'x-request-id', requestId, 'x-client-address', address]
  const agent = userAgent?.slice(0, LONGEST_AGENT).replace(NOT_IN_HEADERS, '?')
  return [...JSON_BOTH_WAYS, ...known, ...(agent === undefined ? [] : ['x-client-agent', agent])]
}
