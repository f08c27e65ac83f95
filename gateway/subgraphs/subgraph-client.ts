import { Pool } from 'undici'
import { parseJson } from '../../platform/json.ts'
import { z } from 'zod'
import { TimeoutError, UnavailableError } from '../../platform/graphql/errors.ts'
import { PASSPORT_HEADER, type PassportOffice } from '../../platform/identity/passport.ts'
import type { Viewer } from '../../platform/identity/viewer.ts'
import { fetches, type FetchEvent } from '../../platform/observe.ts'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'
import type { SubgraphAnswer, SubgraphRequest } from './source.ts'

/** The deadline of one request, in ms, and the largest answer, in bytes. */
const DEADLINE = 3_000
const LARGEST_ANSWER = 16_000_000
const CONNECTIONS = 64

const answerShape = z.object({
  data: z.record(z.string(), z.unknown()).nullish(),
  errors: z
    .array(
      z
        .object({
          message: z.string(),
          path: z.array(z.union([z.string(), z.number()])).optional(),
          extensions: z.record(z.string(), z.unknown()).optional(),
        })
        .transform(({ message, path, extensions }) => ({
          message,
          ...(path && { path }),
          ...(extensions && { extensions }),
        })),
    )
    .optional(),
})

/** Speaks to one subgraph over kept-alive connections, in the name of a viewer. */
export class SubgraphClient implements AsyncDisposable {
  readonly name: string
  readonly #path: string
  readonly #pool: Pool
  readonly #passports: PassportOffice

  constructor(name: string, url: string, passports: PassportOffice) {
    const { origin, pathname, search } = new URL(url)
    this.name = name
    this.#path = pathname + search
    this.#passports = passports
    this.#pool = new Pool(origin, {
      connections: CONNECTIONS,
      headersTimeout: DEADLINE,
      bodyTimeout: DEADLINE,
      connect: { timeout: DEADLINE },
    })
  }

  /**
   * Runs an operation at the subgraph.
   * @throws UnavailableError when it cannot be reached or answers nonsense, TimeoutError when it takes too long.
   */
  async run({ body }: SubgraphRequest, context: GatewayContext): Promise<SubgraphAnswer> {
    if (fetches.hasSubscribers) fetches.publish({ subgraph: this.name, body } satisfies FetchEvent)
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json',
      'x-request-id': context.requestId,
      'x-client-address': context.clientAddress,
      ...(context.userAgent !== undefined && { 'x-client-agent': context.userAgent }),
    }
    const text = await this.#request('POST', this.#path, context.viewer, headers, body)
    const answer = answerShape.safeParse(parseJson(text))
    if (answer.success && (answer.data.data !== undefined || answer.data.errors)) return answer.data
    log.error(
      { subgraph: this.name, requestId: context.requestId, body: text.slice(0, 500) },
      'a subgraph answered what is no GraphQL',
    )
    throw new UnavailableError()
  }

  /** Reads something else that the subgraph serves, as the gateway itself. */
  async get(path: string): Promise<unknown> {
    return parseJson(await this.#request('GET', path, null, {}, null))
  }

  async #request(
    method: 'GET' | 'POST',
    path: string,
    viewer: Viewer | null,
    headers: Record<string, string>,
    body: string | null,
  ): Promise<string> {
    const passport = await this.#passports(viewer)
    const signal = AbortSignal.timeout(DEADLINE)
    try {
      const response = await this.#pool.request({
        method,
        path,
        body,
        signal,
        headers: { ...headers, [PASSPORT_HEADER]: passport },
      })
      const answer = await readAnswer(response.body)
      if (!isAnswer(response.statusCode))
        throw new Error(`the subgraph answered ${response.statusCode}: ${answer.slice(0, 500)}`)
      return answer
    } catch (error) {
      log.warn({ err: error, subgraph: this.name }, 'a subgraph did not answer')
      throw signal.aborted ? new TimeoutError({ cause: error }) : new UnavailableError({ cause: error })
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.close()
  }
}

/** Whether a status is of an answer to the operation; with any other the subgraph refuses the gateway, or is ill. */
function isAnswer(status: number): boolean {
  return status === 200 || status === 400
}

async function readAnswer(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.length
    if (size > LARGEST_ANSWER) throw new Error(`the answer is larger than ${LARGEST_ANSWER} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
