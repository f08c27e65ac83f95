import { Pool } from 'undici'
import type { HttpClientSettings, HttpRequest } from '../gateway/subgraphs/http/client.ts'
import type { HttpResponse } from '../gateway/subgraphs/http/response-parser.ts'

export class DeadlineError extends Error {}
export class CancelledError extends Error {}

/** The gateway's HTTP client as it would be on undici, in its fastest form: what the client of our own is worth. */
export class HttpClient implements AsyncDisposable {
  readonly #pool: Pool

  constructor({ origin, connections }: HttpClientSettings) {
    this.#pool = new Pool(origin.origin, { connections, pipelining: 1 })
  }

  request({ text, timeout, cancellation }: HttpRequest): Promise<HttpResponse> {
    return new Promise((resolve, reject) => {
      const chunks: Buffer[] = []
      let status = 0
      let abort: ((error: Error) => void) | undefined
      const timer = setTimeout(() => abort?.(new DeadlineError()), timeout)
      const forget = cancellation?.onCancel(() => abort?.(new CancelledError()))
      const settle = () => (clearTimeout(timer), forget?.())
      this.#pool.dispatch(partsOf(text), {
        onRequestStart: (controller) => void (abort = (error) => controller.abort(error)),
        onResponseStart: (_controller, statusCode) => void (status = statusCode),
        onResponseData: (_controller, chunk) => void chunks.push(chunk),
        onResponseEnd: () => {
          settle()
          const [only = Buffer.alloc(0), ...others] = chunks
          const body = others.length === 0 ? only : Buffer.concat(chunks)
          resolve({ status, body: body.toString(), isKeptAlive: true })
        },
        onResponseError: (_controller, error) => (settle(), reject(error)),
      })
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.destroy()
  }
}

/** What undici sets by itself. */
const ITS_OWN = new Set(['host', 'content-length'])

/** The request as undici takes it; heads are the same for many requests but for the id, and taken apart once. */
function partsOf(text: string) {
  const end = text.indexOf('\r\n\r\n')
  const [id = ''] = ID.exec(text) ?? []
  const head = text.slice(0, end).replace(id, '')
  const { method, path, headers } = heads.get(head) ?? parseHead(head)
  if (heads.size < 1_000) heads.set(head, { method, path, headers })
  const all = id ? [...headers, 'x-request-id', id.slice(id.indexOf(':') + 2, -2)] : headers
  return { method, path, headers: all, body: text.slice(end + 4) || null }
}

const ID = /x-request-id: [^\r]+\r\n/
const heads = new Map<string, ReturnType<typeof parseHead>>()

function parseHead(head: string) {
  const [line = '', ...lines] = head.split('\r\n')
  const [method, path = '/'] = line.split(' ')
  const headers = lines.flatMap((each) => {
    const colon = each.indexOf(': ')
    return ITS_OWN.has(each.slice(0, colon)) ? [] : [each.slice(0, colon), each.slice(colon + 2)]
  })
  return { method: method === 'POST' ? ('POST' as const) : ('GET' as const), path, headers }
}
