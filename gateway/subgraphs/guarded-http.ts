import { TimeoutError, UnavailableError } from '../../platform/graphql/errors.ts'
import { messageOf } from '../../platform/process/message-of.ts'
import { log } from '../../platform/process/log.ts'
import { TooManyCallsError, OpenCircuitError, SubgraphBreaker } from './circuit-breaker.ts'
import {
  AbandonedError,
  CancelledError,
  DeadlineError,
  HttpClient,
  OperationDeadlineError,
  TooMuchError,
  UnansweredError,
  type HttpRequest,
} from './http-client.ts'
import { RetryBudget } from './retry-budget.ts'

/** The largest head and answer, in bytes. */
const LIMITS = { head: 32_000, body: 16_000_000 }
const CONNECTIONS = 128

/** How long a subgraph may take for one request, in ms; a transaction of orders may wait for locks. */
const DEADLINE = 3_000
const DEADLINES: Record<string, number> = { orders: 5_000 }

/** A request for a subgraph. */
export interface GuardedRequest<Answer> extends Omit<HttpRequest, 'timeout'> {
  /** Reads the body of the answer; throws when it is nonsense, which is then a failure of the subgraph. */
  read: (body: string) => Answer
  /** Whether it may be sent again when nobody answered: never what changes something. */
  isRepeatable: boolean
  /** Of the client's request that it is for, for the log. */
  requestId?: string
  /** When whoever asks has to be answered, in ms of `performance.now()`. */
  until: number
}

/**
 * HTTP to one subgraph, whatever state that is in: each request has its deadline, one that was lost unanswered is sent
 * once more within a budget, and a subgraph that fails too often is not asked for a while.
 */
export class GuardedHttp implements AsyncDisposable {
  /** How long one request may take, in ms. */
  readonly deadline: number
  readonly #subgraph: string
  readonly #http: HttpClient
  readonly #breaker: SubgraphBreaker
  readonly #budget = new RetryBudget()

  constructor(subgraph: string, url: URL) {
    this.#subgraph = subgraph
    this.deadline = DEADLINES[subgraph] ?? DEADLINE
    this.#http = new HttpClient({ origin: url, connections: CONNECTIONS, limits: LIMITS })
    this.#breaker = new SubgraphBreaker(subgraph)
  }

  /**
   * Gives what is read from the answer.
   * @throws UnavailableError when the subgraph cannot be reached, refuses or answers nonsense, TimeoutError when it takes too long.
   */
  async request<Answer>(request: GuardedRequest<Answer>): Promise<Answer> {
    this.#budget.earn()
    try {
      return await this.#attempt(request).catch((error) => this.#attemptAgain(request, error))
    } catch (error) {
      const isExpected = [CancelledError, OpenCircuitError, TooManyCallsError].some((kind) => error instanceof kind)
      const { requestId } = request
      if (!isExpected)
        log.warn({ reason: messageOf(error), subgraph: this.#subgraph, requestId }, 'a subgraph did not answer')
      throw error instanceof DeadlineError ? new TimeoutError({ cause: error }) : new UnavailableError({ cause: error })
    }
  }

  async #attempt<Answer>(request: GuardedRequest<Answer>): Promise<Answer> {
    const left = Math.min(this.deadline, request.until - performance.now())
    if (left <= 0) throw new OperationDeadlineError('the operation took too long before')
    const asking = this.#breaker.run(async (isProbe) => {
      const began = performance.now()
      // Clients that go away, or had little time left, would keep a subgraph that is back from being used.
      const { timeout, cancellation } = isProbe
        ? { timeout: this.deadline, cancellation: null }
        : { timeout: left, cancellation: request.cancellation }
      const { status, body } = await this.#http
        .request({ ...request, timeout, cancellation })
        .catch((error: unknown) => this.#blamed(error, timeout, performance.now() - began))
      if (TOO_MUCH.has(status)) throw new TooMuchError(`the subgraph answered ${status}`)
      if (!isAnswer(status)) throw new Error(`the subgraph answered ${status}, ${body.length} characters`)
      return request.read(body)
    })
    return left < this.deadline ? within(left, asking) : asking
  }

  /** Tells failures of the subgraph from those of who asks; times in ms. */
  #blamed(error: unknown, timeout: number, waited: number): never {
    if (error instanceof DeadlineError && timeout < this.deadline)
      throw new OperationDeadlineError('the operation took too long', { cause: error })
    if (error instanceof CancelledError && waited > this.deadline / 2)
      throw new AbandonedError('nobody waited any longer', { cause: error })
    throw error
  }

  #attemptAgain<Answer>(request: GuardedRequest<Answer>, error: unknown): Promise<Answer> {
    const isLost = error instanceof UnansweredError && request.isRepeatable
    if (isLost && this.#budget.spend()) return this.#attempt(request)
    throw error
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#breaker[Symbol.dispose]()
    await this.#http[Symbol.asyncDispose]()
  }
}

/** What a promise gives, if it does in time. @param time in ms @throws OperationDeadlineError */
async function within<Answer>(time: number, answer: Promise<Answer>): Promise<Answer> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new OperationDeadlineError('the operation took too long')), time)
  try {
    return await Promise.race([answer, late])
  } finally {
    clearTimeout(timer)
  }
}

/** What says that a body or a head is too large: what a client sent led to that, and the subgraph is well. */
const TOO_MUCH = new Set([413, 431])

/** Whether a status is of an answer to the operation; with any other the subgraph refuses the gateway, or is ill. */
function isAnswer(status: number): boolean {
  return status === 200 || status === 400
}
