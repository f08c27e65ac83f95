import { Pool, type Dispatcher } from 'undici'
import type { Cancellation } from '../cancellation.ts'

/** The deadline of a request has passed. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/** Nobody waits for the answer any more. */
export class CancelledError extends Error {
  override name = 'CancelledError'
}

/** Nobody waits any more, after so long that the subgraph is to blame. */
export class AbandonedError extends CancelledError {
  override name = 'AbandonedError'
}

/** The operation as a whole took too long, and this subgraph got less time than it may take. */
export class OperationDeadlineError extends DeadlineError {
  override name = 'OperationDeadlineError'
}

/** What was sent is more than the subgraph takes. */
export class TooMuchError extends Error {
  override name = 'TooMuchError'
}

/** The connection was lost, or never came, before anything of an answer was there. */
export class UnansweredError extends Error {
  override name = 'UnansweredError'
}

export interface HttpClientSettings {
  origin: URL
  /** Connections at once; further requests wait for one. */
  connections: number
  /** Of a response, in bytes. */
  limits: { head: number; body: number }
}

/** One request. */
export interface HttpRequest {
  method: 'GET' | 'POST'
  path: string
  /** Names and values in turns. */
  headers: string[]
  body: string | null
  /** In ms from now. */
  timeout: number
  cancellation: Cancellation | null
}

export interface HttpResponse {
  status: number
  body: string
}

/** Servers close idle connections; one that is about to is not used. In ms: node:http closes after 5 s. */
const LONGEST_IDLE = 4_000

/**
 * How long a connection may take to be made, in ms: a host that does not answer at all is asked again by the system after
 * 1 s, and then after twice as long each time, and would be waited for long after it is back.
 */
const LONGEST_CONNECT = 2_000

/**
 * An HTTP client for one origin: kept-alive connections, one request at a time on each, so that no answer waits for a
 * slower one. Deadlines are its own, since they count from when a request is handed over, waiting for a connection too.
 */
export class HttpClient implements AsyncDisposable {
  readonly #pool: Pool
  readonly #largest: number

  constructor({ origin, connections, limits }: HttpClientSettings) {
    this.#largest = limits.body
    this.#pool = new Pool(origin.origin, {
      connections,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: limits.head,
      maxResponseSize: limits.body,
      keepAliveTimeout: LONGEST_IDLE,
      keepAliveMaxTimeout: LONGEST_IDLE,
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: LONGEST_CONNECT },
    })
  }

  /**
   * Sends a request and gives the answer.
   * @throws DeadlineError, CancelledError, UnansweredError, or Error when the answer is none, or too large.
   */
  request({ method, path, headers, body, timeout, cancellation }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const handler = new ResponseHandler(this.#largest, resolve, reject)
      handler.endAfter(timeout, cancellation)
      if (!handler.isDone) this.#pool.dispatch({ method, path, headers, body }, handler)
    })
  }

  /** Waits for nothing: whoever closes the client has drained before. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy()
  }
}

/** One request on its way, as undici tells of it. */
class ResponseHandler implements Dispatcher.DispatchHandler {
  isDone = false
  readonly #largest: number
  readonly #resolve: (response: HttpResponse) => void
  readonly #reject: (error: Error) => void
  readonly #chunks: Buffer[] = []
  #status = 0
  #controller: Dispatcher.DispatchController | undefined
  #timer: NodeJS.Timeout | undefined
  #forget: (() => void) | undefined

  constructor(largest: number, resolve: (response: HttpResponse) => void, reject: (error: Error) => void) {
    this.#largest = largest
    this.#resolve = resolve
    this.#reject = reject
  }

  /** @param timeout in ms */
  endAfter(timeout: number, cancellation: Cancellation | null): void {
    this.#timer = setTimeout(() => this.#giveUp(new DeadlineError('the subgraph took too long')), timeout)
    this.#forget = cancellation?.onCancel(() => this.#giveUp(new CancelledError('nobody waits any more')))
  }

  #giveUp(reason: Error): void {
    if (this.isDone) return
    this.#fail(reason)
    // The server sees that the connection is gone, and can stop its work.
    this.#controller?.abort(reason)
  }

  #fail(error: Error): void {
    if (this.isDone) return
    this.#settle()
    this.#reject(error)
  }

  #settle(): void {
    this.isDone = true
    clearTimeout(this.#timer)
    this.#forget?.()
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Thrown, it keeps the connection, on which nothing was sent yet; an abort would close it.
    if (this.isDone) throw new CancelledError('it was given up while it waited')
    this.#controller = controller
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    this.#status = status
    if ((headers['content-encoding'] ?? 'identity') !== 'identity')
      controller.abort(new Error('the response is in a form that was not asked for'))
    else if (Number(headers['content-length'] ?? 0) > this.#largest)
      controller.abort(new Error(`the answer is larger than ${this.#largest} bytes`))
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    if (this.isDone) return
    this.#settle()
    const [first] = this.#chunks
    const body = first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
    this.#resolve({ status: this.#status, body: body.toString('utf8') })
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#fail(this.#status === 0 && isLoss(error) ? new UnansweredError(error.message, { cause: error }) : error)
  }
}

type Headers = Record<string, string | string[] | undefined>

/** What undici and the system call a connection that was lost, or refused. */
const LOSSES = new Set(['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE', 'ECONNREFUSED'])

function isLoss(error: Error): boolean {
  return 'code' in error && typeof error.code === 'string' && LOSSES.has(error.code)
}
