import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { log } from '../process/log.ts'
import { stopSignal } from '../process/run-process.ts'
import { StartError } from '../process/start-error.ts'
import { RefusedError } from '../graphql/errors.ts'
import { Connections } from './connections.ts'
import { pathOf, sendGraphQLError, sendJson, sendRefusal } from './requests.ts'
import { UnreadAnswers } from './unread-answers.ts'

/**
 * How long clients may keep a connection without a request, and take for one, in ms: the head, and all of it; whoever
 * is slower is sent 408. And how often slow ones are looked for.
 */
const PATIENCE = {
  keepAliveTimeout: 72_000,
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  connectionsCheckingInterval: 1_000,
}

export type Handler = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void

export interface ListenSettings {
  /** Who listens, for messages, such as `users`. */
  name: string
  host: string
  /** 0 picks a free one. */
  port: number
  /** The variable that sets the port, to name it when the port is taken. */
  portVariable: string
  /** How long a server that was told to end goes on accepting requests, in seconds, so that load balancers notice. */
  drainSeconds: number
  /** Whether the part is fit for traffic, beyond being up. */
  isReady: () => Promise<boolean>
  /** What `/ready` tells besides. */
  about?: () => Record<string, string>
}

export interface ListeningServer extends AsyncDisposable {
  port: number
}

/**
 * Serves HTTP: `/health` and `/ready` itself, the rest by `handle`. Its release drains: `/ready` turns 503 and answers
 * close their connections first, then idle connections are closed, and what was begun is finished.
 * @throws StartError when the port is taken or may not be used.
 */
export async function listen(handle: Handler, settings: ListenSettings): Promise<ListeningServer> {
  const state = { isDraining: false }
  const server = createServer(PATIENCE, (request, response) => {
    if (state.isDraining) response.setHeader('connection', 'close')
    connections.note(response)
    serve(request, response, handle, state, settings)
      .then(() => unread.watch(response))
      .catch((error: unknown) => fail(response, error))
  })
  const connections = new Connections(server)
  const unread = new UnreadAnswers()
  await bind(server, settings)
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port')
  return {
    port: address.port,
    async [Symbol.asyncDispose]() {
      state.isDraining = true
      // Until every balancer has seen that this server ends, new connections come, and are answered.
      if (stopSignal === 'SIGTERM') await sleep(settings.drainSeconds * 1_000)
      await close(server, connections)
    },
  }
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  handle: Handler,
  state: { isDraining: boolean },
  { isReady, about }: ListenSettings,
): Promise<void> {
  const path = pathOf(request)
  if (path === '/health') return sendJson(response, 200, { status: 'alive' })
  if (path === '/ready') {
    const isFit = !state.isDraining && (await isReady())
    return sendJson(response, isFit ? 200 : 503, { status: isFit ? 'ready' : 'not ready', ...about?.() })
  }
  await handle(request, response)
}

function fail(response: ServerResponse, error: unknown): void {
  // A client that goes away while it sends is no failure of ours.
  if (response.destroyed || response.socket?.destroyed) return
  if (error instanceof RefusedError) return sendRefusal(response, error)
  log.error({ err: error }, 'a request failed in an unforeseen way')
  if (!response.headersSent) sendGraphQLError(response, 500, 'INTERNAL_SERVER_ERROR', 'Something went wrong.')
  else response.destroy()
}

async function bind(server: Server, { name, host, port, portVariable }: ListenSettings): Promise<void> {
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    const another = `Set ${portVariable} to another port for ${name}`
    throw new StartError(whyNotBound(error, host, port, another), { cause: error })
  }
}

function whyNotBound(error: unknown, host: string, port: number, another: string): string {
  const code = error instanceof Error && 'code' in error ? error.code : ''
  if (code === 'EADDRINUSE') return `Port ${port} on ${host} is in use. ${another}, or stop what uses it.`
  if (code === 'EACCES') return `Port ${port} on ${host} may not be used by this user. ${another}.`
  return `${host}:${port} cannot be listened on (${code}): check HOST.`
}

async function close(server: Server, connections: Connections): Promise<void> {
  const closed = once(server, 'close')
  server.close()
  // Connections of answers that are still being written close with them; look again for those that went idle meanwhile.
  const sweep = setInterval(() => server.closeIdleConnections(), 50)
  // Clients have as long for what they began to send as at any other time.
  const heads = setInterval(() => connections.endUnused(), PATIENCE.headersTimeout)
  const bodies = setInterval(() => connections.endUnfinished(), PATIENCE.requestTimeout)
  await closed
  for (const timer of [sweep, heads, bodies]) clearInterval(timer)
}
