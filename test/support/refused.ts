import { expect } from 'vitest'

/** Whether an answer shows how the inside looks. */
const INSIDE = /\bat .*\.(ts|js):\d|node_modules|select |insert |ECONN|127\.0\.0\.1:\d|https?:\/\//

/** Sends a body to a gateway as it is. */
export async function post(
  origin: string,
  body: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string; codes: string[] }> {
  const response = await fetch(`${origin}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  })
  const text = await response.text()
  const codes = (JSON.parse(text).errors ?? []).map(
    ({ extensions }: { extensions: { code: string } }) => extensions.code,
  )
  return { status: response.status, text, codes }
}

export interface Refused {
  body: string
  code: string
  status?: number
  headers?: Record<string, string>
}

/** A request that must be refused as the client's mistake, with this code, telling nothing of the inside. */
export async function expectRefused(origin: string, { body, code, status = 400, headers }: Refused): Promise<void> {
  const answer = await post(origin, body, headers)
  expect(answer.text).not.toMatch(INSIDE)
  expect(answer).toMatchObject({ status, codes: expect.arrayContaining([code]) })
}

export const operation = (query: string, variables?: unknown, operationName?: string): string =>
  JSON.stringify({ query, variables, operationName })
