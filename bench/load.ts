import { isDeepStrictEqual } from 'node:util'
import { RawConnection } from './raw-connection.ts'
import type { Asked, Operation } from './small/operations.ts'

/** What a server did under load. */
export interface Measured {
  /** Requests a second. */
  rate: number
  /** Latencies in ms. */
  p50: number
  p99: number
  requests: number
}

/** One in so many answers is compared with the right one, and all by their length. */
const CHECKED = 200

/**
 * Sends an operation to a server, some at once, for a while.
 * @param duration in ms.
 * @param least how many requests to send, however long that takes.
 * @throws Error at the first wrong answer.
 */
export async function load(url: string, operation: Operation, duration: number, least = 0): Promise<Measured> {
  const { host, pathname } = new URL(url)
  const texts = operation.requests.map((asked) => requestOf(host, pathname, operation.name, asked))
  const latencies: number[] = []
  const lengths: number[] = []
  let sent = 0
  const end = performance.now() + duration
  const isOver = () => performance.now() >= end && sent >= least
  async function sendOne(connection: RawConnection): Promise<void> {
    const begin = performance.now()
    const number = sent++
    const index = number % texts.length
    const { status, body } = await connection.ask(texts[index] ?? '')
    latencies.push(performance.now() - begin)
    if (number % CHECKED === 0 || body.length !== lengths[index]) check(operation, index, status, body)
    lengths[index] = body.length
  }
  const begin = performance.now()
  await Promise.all(
    Array.from({ length: operation.concurrency }, async () => {
      using connection = await RawConnection.to(new URL(url))
      while (!isOver()) await sendOne(connection)
    }),
  )
  return summaryOf(latencies, performance.now() - begin)
}

/** An operation as the text of an HTTP request. */
export function requestOf(
  host: string,
  path: string,
  name: string,
  { query, variables }: Pick<Asked, 'query' | 'variables'>,
): string {
  const body = JSON.stringify({ query, variables })
  return `POST ${path} HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\nx-operation: ${name}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`
}

function check({ name, requests }: Operation, index: number, status: number, body: string): void {
  const answer: unknown = JSON.parse(body)
  if (status !== 200 || !isDeepStrictEqual(answer, { data: requests[index]?.data }))
    throw new Error(`a wrong answer to ${name}: ${status} ${body.slice(0, 500)}`)
}

/** @param time how long it took all of them, in ms */
export function summaryOf(latencies: number[], time: number): Measured {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  return { rate: (sorted.length / time) * 1_000, p50: at(0.5), p99: at(0.99), requests: sorted.length }
}
