import type { IncomingMessage } from 'node:http'
import { headerOf } from '../../platform/http/requests.ts'

/** Which program sent a request, as it says itself. */
export interface Client {
  /** '' when it does not tell. */
  name: string
  version: string
}

/** Characters of a name or version that are kept. */
const LONGEST = 100
const NOT_PRINTABLE = /[^\x20-\x7e]/g

/** The client of a request, from the headers that Apollo's clients send when they are given a name. */
export function clientOf(request: IncomingMessage): Client {
  return { name: told(request, 'apollographql-client-name'), version: told(request, 'apollographql-client-version') }
}

function told(request: IncomingMessage, header: string): string {
  return (headerOf(request, header) ?? '').slice(0, LONGEST).replace(NOT_PRINTABLE, '?')
}
