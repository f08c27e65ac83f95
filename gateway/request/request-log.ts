import type { ApolloServerPlugin } from '@apollo/server'
import { log } from '../../platform/process/log.ts'
import type { GatewayContext } from '../context.ts'

/** From when on a request is slow enough to be told of where others are not, in ms. */
const SLOW = 1_000

/** What a request came to. */
export interface RequestSummary {
  operationName: string | null | undefined
  status: number
  /** The codes of its errors. */
  codes: unknown[]
}

/** Who asked, and when. */
export type LoggedRequester = Pick<GatewayContext, 'requestId' | 'viewer' | 'client' | 'clientAddress' | 'began'>

/** Tells the log of a request: of all at the level debug, of those that failed or were slow at info. */
export function logRequest({ operationName, status, codes }: RequestSummary, asker: LoggedRequester): void {
  const { requestId, viewer, client, clientAddress, began } = asker
  const duration = Math.round(performance.now() - began)
  // Who is refused for asking too much may go on asking: that must not fill the log.
  const isTold = (codes.length > 0 && status !== 429) || duration >= SLOW
  const level = isTold ? 'info' : 'debug'
  if (!log.isLevelEnabled(level)) return
  const viewerId = viewer?.userId
  log[level](
    { requestId, operationName: shortName(operationName), status, codes, duration, viewerId, client, clientAddress },
    'a request was answered',
  )
}

/** Characters of an operation's name that are told: a name can be as long as a body. */
const LONGEST_NAME = 100

/** A name as the log tells it. */
export const shortName = (name: string | null | undefined) => name?.slice(0, LONGEST_NAME)

/** Tells the log of requests that take the way through Apollo Server. */
export const requestLogPlugin: ApolloServerPlugin<GatewayContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ response, operationName, contextValue }) {
        if (contextValue.purpose !== 'answer') return
        const errors = (response.body.kind === 'single' && response.body.singleResult.errors) || []
        const codes = errors.map(({ extensions }) => extensions?.code)
        logRequest({ operationName, status: response.http.status ?? 200, codes }, contextValue)
      },
    }
  },
}
