import type { Cancellation } from '../../cancellation.ts'
import { Connection } from './connection.ts'
import type { HttpResponse, ResponseLimits } from './response-parser.ts'

/** The deadline of a request has passed. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/** Nobody waits for the answer any more. */
export class CancelledError extends Error {
  override name = 'CancelledError'
}

export interface HttpClientSettings {
  origin: URL
  /** Connections at once; further requests wait for one. */
  connections: number
  limits: ResponseLimits
}

/** One request. */
export interface HttpRequest {
  /** Head and body as they are sent. */
  text: string
  /** Whether it can be sent again when the connection is lost before the answer has begun. */
  isRepeatable: boolean
  /** In ms from now. */
  timeout: number
  cancellation: Cancellation | null
}

/** Servers close idle connections; one that is about to is not used. In ms: node:http closes after 5 s. */
const LONGEST_IDLE = 4_000

/** A request on its way. */
interface Task extends HttpRequest {
  resolve: (response: HttpResponse) => void
  reject: (error: Error) => void
  connection: Connection | null
  isDone: boolean
  wasRepeated: boolean
}

/**
 * An HTTP/1.1 client for one origin: kept-alive connections, one request at a time on each, so that no answer waits
 * for a slower one. Small, since it does only what the gateway needs: requests as text, answers as text.
 */
export class HttpClient implements AsyncDisposable {
  readonly #settings: HttpClientSettings
  readonly #all = new Set<Connection>()
  /** Free connections, the one used last at the end. */
  readonly #free: Connection[] = []
  readonly #waiting = new Set<Task>()
  #isClosing = false

  constructor(settings: HttpClientSettings) {
    this.#settings = settings
  }

  /**
   * Sends a request and gives the answer.
   * @throws DeadlineError, CancelledError, or what the network says.
   */
  request(request: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const task: Task = { ...request, resolve, reject, connection: null, isDone: false, wasRepeated: false }
      const settling: (() => void)[] = []
      const settle = () => {
        task.isDone = true
        for (const each of settling) each()
      }
      task.resolve = (response) => (settle(), resolve(response))
      task.reject = (error) => (settle(), reject(error))
      const timer = setTimeout(() => this.#giveUp(task, new DeadlineError('the subgraph took too long')), task.timeout)
      settling.push(() => clearTimeout(timer))
      const forget = request.cancellation?.onCancel(() =>
        this.#giveUp(task, new CancelledError('nobody waits any more')),
      )
      if (forget) settling.push(forget)
      if (!task.isDone) this.#start(task)
    })
  }

  #start(task: Task): void {
    const connection = this.#takeFree() ?? this.#open()
    if (!connection) return void this.#waiting.add(task)
    task.connection = connection
    connection.send({
      text: task.text,
      onResponse: (response) => task.resolve(response),
      onFailure: (error, wasAnswering) => this.#failed(task, error, wasAnswering),
    })
  }

  /** A connection that was idle may have been closed by the server in the same moment: that is no failure of it. */
  #failed(task: Task, error: Error, wasAnswering: boolean): void {
    if (task.isDone) return
    const wasUsedBefore = (task.connection?.served ?? 0) > 0
    if (!task.isRepeatable || task.wasRepeated || wasAnswering || !wasUsedBefore) return task.reject(error)
    task.wasRepeated = true
    // The others that are idle may be closed just the same, as when a server starts again.
    for (const idle of this.#free.slice()) idle.destroy(error)
    this.#start(task)
  }

  #giveUp(task: Task, reason: Error): void {
    if (task.isDone) return
    this.#waiting.delete(task)
    task.reject(reason)
    // The server sees that the connection is gone, and can stop its work.
    task.connection?.destroy(reason)
  }

  #takeFree(): Connection | undefined {
    for (;;) {
      const connection = this.#free.pop()
      if (!connection || performance.now() - connection.idleSince < LONGEST_IDLE) return connection
      connection.destroy(new Error('it was idle for too long'))
    }
  }

  #open(): Connection | undefined {
    if (this.#all.size >= this.#settings.connections) return undefined
    const { origin, limits } = this.#settings
    const connection = new Connection(
      origin,
      limits,
      (freed) => this.#freed(freed),
      (gone) => this.#gone(gone),
    )
    this.#all.add(connection)
    return connection
  }

  #freed(connection: Connection): void {
    if (this.#isClosing) return connection.destroy(new Error('the client is closed'))
    this.#free.push(connection)
    this.#startNext()
  }

  #gone(connection: Connection): void {
    this.#all.delete(connection)
    const index = this.#free.indexOf(connection)
    if (index >= 0) this.#free.splice(index, 1)
    this.#startNext()
  }

  #startNext(): void {
    const [next] = this.#waiting
    if (!next) return
    this.#waiting.delete(next)
    this.#start(next)
  }

  /** Waits for nothing: whoever closes the client has drained before. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosing = true
    for (const task of this.#waiting) task.reject(new Error('the client is closed'))
    this.#waiting.clear()
    for (const connection of this.#all) connection.destroy(new Error('the client is closed'))
  }
}
