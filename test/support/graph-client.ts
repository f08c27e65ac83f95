import { expect } from 'vitest'

/** What a GraphQL server answered over HTTP. */
export interface Answer {
  status: number
  headers: Headers
  // Tests look into answers of any shape, and fail when it is another than they expect.
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any
  errors: { message: string; path?: (string | number)[]; extensions: { code: string } }[]
}

export interface GraphClient {
  /** Sends an operation. */
  send: (query: string, variables?: Record<string, unknown>) => Promise<Answer>
  /** Sends an operation that must succeed, and gives its data. */
  // oxlint-disable-next-line typescript/no-explicit-any
  data: (query: string, variables?: Record<string, unknown>) => Promise<any>
}

/** A client of a GraphQL server that sends these headers. */
export function clientOf(url: string, headers: Record<string, string> = {}): GraphClient {
  const send = async (query: string, variables: Record<string, unknown> = {}): Promise<Answer> => {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query, variables }),
    })
    const { data, errors = [] } = await response.json()
    return { status: response.status, headers: response.headers, data, errors }
  }
  return {
    send,
    data: async (query, variables) => {
      const { data, errors } = await send(query, variables)
      expect(errors).toEqual([])
      return data
    },
  }
}
