import { parseJson } from '../../platform/json.ts'
import { TimeoutError, UnavailableError } from '../../platform/graphql/errors.ts'
import { PASSPORT_HEADER, type PassportOffice } from '../../platform/identity/passport.ts'
import { fetches, type FetchEvent } from '../../platform/observe.ts'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'
import { copyAnswer, readAnswer } from './answer.ts'
import { CancelledError, DeadlineError, HttpClient, type HttpRequest } from './http/client.ts'
import { InFlight } from './in-flight.ts'
import type { SubgraphAnswer, SubgraphRequest } from './source.ts'

/** The deadline of one request, in ms, and the largest head and answer, in bytes. */
const DEADLINE = 3_000
const LIMITS = { head: 32_000, body: 16_000_000 }
const CONNECTIONS = 128

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
  readonly #http: HttpClient
  readonly #passports: PassportOffice
  readonly #inFlight = new InFlight(copyAnswer)
  readonly #writes: Writes
  /** What every operation begins with. */
  readonly #post: string
  readonly #host: string

  constructor(name: string, url: string, passports: PassportOffice, writes: Writes) {
    this.#writes = writes
    const parsed = new URL(url)
    this.name = name
    this.url = url
    this.#passports = passports
    this.#host = parsed.host
    this.#post = `POST ${parsed.pathname}${parsed.search} HTTP/1.1\r\nhost: ${parsed.host}\r\ncontent-type: application/json\r\naccept: application/json\r\n`
    this.#http = new HttpClient({ origin: parsed, connections: CONNECTIONS, limits: LIMITS })
  }

  /**
   * Runs an operation at the subgraph. Equal queries of one viewer that are under way at once are asked once.
   * @throws UnavailableError when it cannot be reached or answers nonsense, TimeoutError when it takes too long.
   */
  async run(request: SubgraphRequest, context: GatewayContext): Promise<SubgraphAnswer> {
    const { body, kind } = request
    const passport = await this.#passports(context.viewer)
    const ask = async (cancellation: HttpRequest['cancellation']) => {
      if (fetches.hasSubscribers) fetches.publish({ subgraph: this.name, body } satisfies FetchEvent)
      const text = `${this.#post}${headersFor(context, passport)}content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
      const timeout = Math.min(DEADLINE, context.deadline - performance.now())
      return this.#read(await this.#request({ text, isRepeatable: kind === 'query', timeout, cancellation }), context)
    }
    return this.#askOrShare(ask, request, passport, context)
  }

  #read(text: string, { requestId }: GatewayContext): SubgraphAnswer {
    const answer = readAnswer(text)
    if (answer) return answer
    log.error({ subgraph: this.name, requestId, body: text.slice(0, 500) }, 'a subgraph answered what is no GraphQL')
    throw new UnavailableError()
  }

  /**
   * A query joins an equal one that is under way. Not one that began before the last write through this gateway: whoever
   * wrote must see it. Nor does who has little time left: the others would be given up with them.
   */
  async #askOrShare(
    ask: (cancellation: HttpRequest['cancellation']) => Promise<SubgraphAnswer>,
    { body, kind, isShareable, state = '' }: SubgraphRequest,
    passport: string,
    { cancellation, deadline }: GatewayContext,
  ): Promise<SubgraphAnswer> {
    if (kind === 'mutation') return ask(null).finally(() => this.#writes.count++)
    const hasTime = deadline - performance.now() >= DEADLINE
    if (!isShareable || !hasTime) return ask(cancellation)
    return this.#inFlight.share(`${this.#writes.count} ${state} ${passport}${body}`, cancellation, ask)
  }

  /** Reads something else that the subgraph serves, as the gateway itself. */
  async get(path: string): Promise<unknown> {
    const passport = await this.#passports(null)
    const text = `GET ${path} HTTP/1.1\r\nhost: ${this.#host}\r\n${PASSPORT_HEADER}: ${passport}\r\n\r\n`
    return parseJson(await this.#request({ text, isRepeatable: true, timeout: DEADLINE, cancellation: null }))
  }

  async #request(request: HttpRequest): Promise<string> {
    try {
      if (request.timeout <= 0) throw new DeadlineError('the operation took too long before')
      const { status, body } = await this.#http.request(request)
      if (!isAnswer(status)) throw new Error(`the subgraph answered ${status}: ${body.slice(0, 500)}`)
      return body
    } catch (error) {
      if (!(error instanceof CancelledError)) log.warn({ err: error, subgraph: this.name }, 'a subgraph did not answer')
      throw error instanceof DeadlineError ? new TimeoutError({ cause: error }) : new UnavailableError({ cause: error })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http[Symbol.asyncDispose]()
  }
}

/** Whether a status is of an answer to the operation; with any other the subgraph refuses the gateway, or is ill. */
function isAnswer(status: number): boolean {
  return status === 200 || status === 400
}

function headersFor({ requestId, clientAddress, userAgent }: GatewayContext, passport: string): string {
  const agent = userAgent === undefined ? '' : `x-client-agent: ${userAgent.replace(NOT_IN_HEADERS, '?')}\r\n`
  return `${PASSPORT_HEADER}: ${passport}\r\nx-request-id: ${requestId}\r\nx-client-address: ${clientAddress.replace(NOT_IN_HEADERS, '?')}\r\n${agent}`
}
