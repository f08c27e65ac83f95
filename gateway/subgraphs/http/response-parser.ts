import { Body } from './body.ts'

/** An HTTP response, as far as subgraphs' answers need it. */
export interface HttpResponse {
  status: number
  body: string
  /** Whether another request may follow on the same connection. */
  isKeptAlive: boolean
}

/** Limits of a response, in bytes. */
export interface ResponseLimits {
  head: number
  body: number
}

/** Where in a response the parser is. */
type State = 'head' | 'sized body' | 'chunk size' | 'chunk' | 'end of chunk' | 'trailers' | 'body until close'

const EMPTY = Buffer.alloc(0)
const STATUS_LINE = /^HTTP\/1\.([01]) (\d{3})(?=[ \r]|$)/
const LINE = '\r\n'

/**
 * Reads HTTP/1.1 responses from the bytes of one connection (RFC 9112), however they are cut into pieces.
 * @throws Error when the bytes are no such response, or too many.
 */
export class ResponseParser {
  readonly #onResponse: (response: HttpResponse) => void
  readonly #limits: ResponseLimits
  #state: State = 'head'
  /** What has come and is no whole line yet. */
  #rest: Buffer = EMPTY
  readonly #body = new Body()
  /** Bytes that are still to come of the body, or of the chunk. */
  #left = 0
  #status = 0
  #isKeptAlive = true

  constructor(limits: ResponseLimits, onResponse: (response: HttpResponse) => void) {
    this.#limits = limits
    this.#onResponse = onResponse
  }

  /** Whether a response has begun and not ended. */
  get isInside(): boolean {
    return this.#state !== 'head' || this.#rest.length > 0
  }

  /** Takes the next bytes, and keeps none of them: they may be overwritten afterwards. */
  take(bytes: Buffer): void {
    const data = this.#rest.length > 0 ? Buffer.concat([this.#rest, bytes]) : bytes
    this.#rest = EMPTY
    let offset = 0
    while (offset < data.length) {
      const next = this.#step(data, offset)
      if (next === null) {
        if (data.length - offset > this.#limits.head) throw new Error('the head of the response is too large')
        this.#rest = Buffer.from(data.subarray(offset))
        return
      }
      offset = next
    }
  }

  /** The connection has ended, which ends a response whose size was not told. */
  end(): void {
    if (this.#state === 'body until close') this.#finish(EMPTY)
    else if (this.isInside) throw new Error('the connection ended in the middle of a response')
  }

  /** Reads one part of a response; gives where the next one begins, or null when this one is not all there. */
  #step(data: Buffer, offset: number): number | null {
    switch (this.#state) {
      case 'head':
        return this.#readHead(data, offset)
      case 'sized body':
      case 'chunk':
        return this.#readBytes(data, offset)
      case 'chunk size':
        return this.#readLine(data, offset, (line) => this.#beginChunk(line))
      case 'end of chunk':
        return this.#readLine(data, offset, (line) => {
          if (line !== '') throw new Error('a chunk is longer than its size')
          this.#state = 'chunk size'
        })
      case 'trailers':
        return this.#readLine(data, offset, (line) => {
          if (line === '') this.#finish(EMPTY)
        })
      case 'body until close':
        this.#keep(data.subarray(offset))
        return data.length
    }
  }

  #readHead(data: Buffer, offset: number): number | null {
    const end = data.indexOf(LINE + LINE, offset)
    if (end < 0) return null
    if (end - offset > this.#limits.head) throw new Error('the head of the response is too large')
    this.#begin(data.toString('latin1', offset, end))
    return end + 4
  }

  #begin(head: string): void {
    const [, minor, status] = STATUS_LINE.exec(head) ?? []
    if (!status) throw new Error('the answer is no HTTP')
    const endOfLine = head.indexOf(LINE)
    const headers = endOfLine < 0 ? {} : readHeaders(head, endOfLine + LINE.length)
    this.#status = Number(status)
    // Interim responses: the real one follows.
    if (this.#status < 200 && this.#status !== 101) return
    if (this.#status === 101 || (headers.encoding ?? 'identity') !== 'identity')
      throw new Error('the response is in a form that was not asked for')
    this.#isKeptAlive = minor === '1' && !headers.connection?.includes('close')
    this.#beginBody(headers)
  }

  /** How long a body is: RFC 9112, 6.3. */
  #beginBody({ transfer, length }: Headers): void {
    if (transfer !== undefined) {
      if (transfer !== 'chunked' || length !== undefined) throw new Error('the length of the response is ambiguous')
      this.#state = 'chunk size'
      return
    }
    if (this.#status === 204 || this.#status === 304) return this.#finish(EMPTY)
    if (length === undefined) {
      this.#isKeptAlive = false
      this.#state = 'body until close'
      return
    }
    if (!/^\d+$/.test(length)) throw new Error('the length of the response is no number')
    this.#expect(Number(length))
    if (this.#left === 0) return this.#finish(EMPTY)
    this.#state = 'sized body'
  }

  #beginChunk(line: string): void {
    const [, size] = /^([\da-f]{1,8})\s*(?:;|$)/i.exec(line) ?? []
    if (size === undefined) throw new Error('a chunk has no size')
    this.#expect(parseInt(size, 16))
    this.#state = this.#left === 0 ? 'trailers' : 'chunk'
  }

  #expect(size: number): void {
    if (this.#body.size + size > this.#limits.body)
      throw new Error(`the answer is larger than ${this.#limits.body} bytes`)
    this.#left = size
  }

  #readBytes(data: Buffer, offset: number): number {
    const end = Math.min(offset + this.#left, data.length)
    const bytes = data.subarray(offset, end)
    this.#left -= bytes.length
    if (this.#left === 0 && this.#state === 'sized body') this.#finish(bytes)
    else this.#body.append(bytes, this.#body.size + bytes.length + this.#left)
    if (this.#left === 0 && this.#state === 'chunk') this.#state = 'end of chunk'
    return end
  }

  #keep(bytes: Buffer): void {
    this.#expect(bytes.length)
    this.#body.append(bytes, this.#body.size + bytes.length)
  }

  #readLine(data: Buffer, offset: number, use: (line: string) => void): number | null {
    const end = data.indexOf(LINE, offset)
    if (end < 0) return null
    use(data.toString('latin1', offset, end))
    return end + 2
  }

  /** @param last what completes the body. */
  #finish(last: Buffer): void {
    this.#state = 'head'
    this.#onResponse({ status: this.#status, body: this.#body.finish(last), isKeptAlive: this.#isKeptAlive })
  }
}

/** The headers that say how to read the body. */
interface Headers {
  length?: string
  transfer?: string
  connection?: string
  encoding?: string
}

const NAMES: Record<string, keyof Headers> = {
  'content-length': 'length',
  'transfer-encoding': 'transfer',
  connection: 'connection',
  'content-encoding': 'encoding',
}

/** The first letters of the headers above: others need no further look. */
const FIRST_LETTERS = new Set('ctCT')

/** @param start where the first header begins in the head of a response. */
function readHeaders(head: string, start: number): Headers {
  const headers: Headers = {}
  for (let at = start, end = 0; at < head.length; at = end + LINE.length) {
    end = head.indexOf(LINE, at)
    if (end < 0) end = head.length
    const colon = head.indexOf(':', at)
    if (colon <= at || colon > end || isSpace(head.charAt(colon - 1))) throw new Error('a header has no name')
    if (FIRST_LETTERS.has(head.charAt(at))) readHeader(head.slice(at, colon), head.slice(colon + 1, end), headers)
  }
  return headers
}

const isSpace = (character: string) => character === ' ' || character === '\t'

function readHeader(header: string, text: string, headers: Headers): void {
  const name = NAMES[header.toLowerCase()]
  if (!name) return
  const value = text.trim().toLowerCase()
  const before = headers[name]
  // A list may come in several headers (RFC 9110, 5.3); a length may not.
  if (name === 'connection' && before !== undefined) headers[name] = `${before},${value}`
  else if (before !== undefined && before !== value) throw new Error('a header contradicts itself')
  else headers[name] = value
}
