import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** An answer, as far as the benchmark looks at it. */
export interface RawAnswer {
  status: number
  body: string
}

const END_OF_HEAD = '\r\n\r\n'

/**
 * One connection that sends a request at a time and reads the answer, which must tell its length. It does next to
 * nothing else, so that the load takes little of the machine from what is measured.
 */
export class RawConnection implements Disposable {
  readonly #socket: Socket
  #chunks: Buffer[] = []
  #size = 0
  /** Of the whole answer in bytes; unknown until its head is there. */
  #expected = Infinity
  #bodyAt = 0
  #waiting: PromiseWithResolvers<RawAnswer> | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#waiting?.reject(error))
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')))
  }

  static async to(url: URL): Promise<RawConnection> {
    const socket = connect(Number(url.port), url.hostname)
    await once(socket, 'connect')
    return new RawConnection(socket)
  }

  /** @param request head and body as they are sent */
  ask(request: string): Promise<RawAnswer> {
    if (this.#socket.destroyed) return Promise.reject(new Error('the server closed the connection'))
    this.#waiting = Promise.withResolvers()
    this.#socket.write(request)
    return this.#waiting.promise
  }

  #take(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#size += chunk.length
    if (this.#expected === Infinity) this.#readHead()
    if (this.#size >= this.#expected) this.#finish()
  }

  #readHead(): void {
    const all = this.#all()
    const end = all.indexOf(END_OF_HEAD)
    if (end < 0) return
    const [, length] = /\r\ncontent-length: (\d+)/i.exec(all.toString('latin1', 0, end + 2)) ?? []
    if (length === undefined) return this.#waiting?.reject(new Error('the answer does not tell its length'))
    this.#bodyAt = end + END_OF_HEAD.length
    this.#expected = this.#bodyAt + Number(length)
  }

  #finish(): void {
    const all = this.#all()
    this.#chunks = []
    this.#size = 0
    this.#expected = Infinity
    this.#waiting?.resolve({ status: Number(all.toString('latin1', 9, 12)), body: all.toString('utf8', this.#bodyAt) })
  }

  #all(): Buffer {
    const [first] = this.#chunks
    return first && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks)
  }

  [Symbol.dispose](): void {
    this.#waiting = null
    this.#socket.destroy()
  }
}
