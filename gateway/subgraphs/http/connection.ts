import { connect as connectPlain, isIP, type Socket } from 'node:net'
import { connect as connectSecure } from 'node:tls'
import { ResponseParser, type HttpResponse, type ResponseLimits } from './response-parser.ts'

/** What came of a request. */
export interface Exchange {
  /** The whole request, head and body. */
  text: string
  onResponse: (response: HttpResponse) => void
  /** @param wasAnswering whether the server had begun to answer. */
  onFailure: (error: Error, wasAnswering: boolean) => void
}

/** One connection to a subgraph, which carries one request at a time: none waits for another's answer. */
export class Connection {
  readonly #socket: Socket
  readonly #parser: ResponseParser
  readonly #onFree: (connection: Connection) => void
  readonly #onGone: (connection: Connection) => void
  #exchange: Exchange | null = null
  /** Responses that have come and were not handed on. */
  readonly #arrived: HttpResponse[] = []
  #isGone = false
  /** When it became idle, in ms of `performance.now()`. */
  idleSince = 0
  /** Requests that it has carried. */
  served = 0

  /**
   * @param onFree is called when it can carry another request.
   * @param onGone is called when it cannot any more.
   */
  constructor(
    origin: URL,
    limits: ResponseLimits,
    onFree: (connection: Connection) => void,
    onGone: (connection: Connection) => void,
  ) {
    this.#onFree = onFree
    this.#onGone = onGone
    this.#parser = new ResponseParser(limits, (response) => void this.#arrived.push(response))
    this.#socket = open(origin, (bytes) => this.#take(bytes))
    this.#socket.on('end', () => this.#end())
    this.#socket.on('error', (error) => this.destroy(error))
    this.#socket.on('close', () => this.destroy(new Error('the connection was closed')))
  }

  /** Sends a request; the connection must be free. */
  send(exchange: Exchange): void {
    this.#exchange = exchange
    this.#socket.write(exchange.text)
  }

  /** Ends the connection, and with it the request that it carries. */
  destroy(reason: Error): void {
    if (this.#isGone) return
    this.#isGone = true
    this.#socket.destroy()
    this.#onGone(this)
    const exchange = this.#exchange
    this.#exchange = null
    exchange?.onFailure(reason, this.#parser.isInside)
  }

  #take(bytes: Buffer): void {
    if (this.#isGone) return
    if (!this.#exchange) return this.destroy(new Error('the subgraph spoke without being asked'))
    try {
      this.#parser.take(bytes)
    } catch (error) {
      return this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    this.#handOn()
  }

  #end(): void {
    try {
      this.#parser.end()
      this.#handOn()
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)))
    }
    this.destroy(new Error('the connection was closed'))
  }

  /** Only after all that came was read: whatever follows an answer must never be taken for the next one. */
  #handOn(): void {
    const [response, ...others] = this.#arrived.splice(0)
    const exchange = this.#exchange
    if (!response || !exchange) return
    const isInStep = others.length === 0 && !this.#parser.isInside
    this.#exchange = null
    this.served++
    exchange.onResponse(response)
    if (!response.isKeptAlive || !isInStep) return this.destroy(new Error('nothing may follow on the connection'))
    this.idleSince = performance.now()
    if (!this.#isGone) this.#onFree(this)
  }
}

/** What all connections are read through, one after the other: each read is used up before the next. */
const READ = Buffer.allocUnsafeSlow(65_536)

/** @param take must keep none of the bytes, which the next read overwrites. */
function open({ protocol, hostname, port }: URL, take: (bytes: Buffer) => void): Socket {
  const host = hostname.replace(/^\[|\]$/g, '')
  const onread = {
    buffer: READ,
    callback(length: number) {
      take(READ.subarray(0, length))
      return true
    },
  }
  const secure = { servername: isIP(host) ? '' : host, ALPNProtocols: ['http/1.1'] }
  const socket =
    protocol === 'https:'
      ? connectSecure(Object.assign(secure, { host, port: Number(port || 443), onread }))
      : connectPlain({ host, port: Number(port || 80), onread })
  return socket.setNoDelay(true).setKeepAlive(true, 30_000)
}
