import type { IncomingMessage } from 'node:http'
import type { Mode } from '../../platform/process/common-settings.ts'
import { BadInputError } from '../../platform/graphql/errors.ts'
import { isFromThisMachine } from './this-machine.ts'

/** What the headers begin with that send one subgraph's part of a request elsewhere: `x-route-users`. */
const HEADER = 'x-route-'

/**
 * The subgraphs that a developer wants to be asked elsewhere, with the addresses; null when there are none, which is
 * always so in production, and for requests from other machines: subgraphs are asked with passports.
 * @throws BadInputError when an address is none.
 */
export function routedSubgraphs(request: IncomingMessage, mode: Mode): ReadonlyMap<string, string> | null {
  if (mode === 'production' || !isFromThisMachine(request)) return null
  const names = Object.keys(request.headers).filter((name) => name.startsWith(HEADER))
  if (names.length === 0) return null
  return new Map(names.map((name) => [name.slice(HEADER.length), addressIn(request, name)]))
}

function addressIn({ headers }: IncomingMessage, name: string): string {
  const value = String(headers[name])
  if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value
  throw new BadInputError(`${name} must be the address of a subgraph, such as http://127.0.0.1:4101/graphql.`)
}
