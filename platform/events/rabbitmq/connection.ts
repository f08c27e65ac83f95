import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type Channel, type ChannelModel, type RecoveringChannelModel } from 'amqplib'
import { log } from '../../process/log.ts'

/** When a broker that does not answer counts as away: while connecting, in ms, and afterwards, in seconds. */
const CONNECT_TIMEOUT = 5_000
const HEARTBEAT = 10
/** The longest pause between two tries to connect, in ms. */
const LONGEST_PAUSE = 5_000

/** A connection that is there now. */
export interface Link {
  model: ChannelModel
  /** Gives the connection up, so that another one is made. */
  giveUp: (reason: string) => void
}

export interface ConnectionSettings {
  url: string
  /** What it is for, in logs, such as `publishing`. */
  purpose: string
  /** Prepares every new connection; when it throws, another one is made. */
  onOpen: (link: Link) => Promise<void>
  onLost: () => void
}

/** Stays connected to a broker until it is released, from a start while the broker is away on. */
export async function stayConnected(settings: ConnectionSettings): Promise<RecoveringChannelModel> {
  const { url, purpose, onLost } = settings
  const connection = await connect(withHeartbeat(url), {
    timeout: CONNECT_TIMEOUT,
    noDelay: true,
    recovery: { waitForConnect: false, maxDelay: LONGEST_PAUSE, setup: (model: ChannelModel) => open(model, settings) },
  })
  connection.on('connect', () => log.info({ purpose }, 'the broker is connected'))
  connection.on('disconnect', ({ message: reason }) => {
    onLost()
    log.warn({ purpose, reason }, 'the connection to the broker was lost, and is made again')
  })
  connection.on('connect-failed', ({ message: reason }) => {
    onLost()
    log.warn({ purpose, reason }, 'the broker cannot be reached now, and is tried again: check AMQP_URL')
  })
  // What an error leads to is told by `disconnect`; unheard, it would end the process.
  connection.on('error', () => undefined)
  // A start while the broker is there begins connected, and one without it begins all the same.
  await Promise.race([connection.waitForConnect(), sleep(CONNECT_TIMEOUT)])
  return connection
}

async function open(model: ChannelModel, { purpose, onOpen }: ConnectionSettings): Promise<void> {
  let isClosed = false
  // Until the connection is ready, nobody else listens to what becomes of it.
  model.on('error', () => undefined)
  model.on('close', () => void (isClosed = true))
  const giveUp = (reason: string) => {
    if (isClosed) return
    log.warn({ purpose, reason }, 'the connection to the broker is given up')
    model.close().catch((error: unknown) => log.debug({ err: error }, 'it was closed already'))
  }
  await onOpen({ model, giveUp })
  if (isClosed) throw new Error('the connection was lost while it was prepared')
}

/** Gives a connection up when one of its channels fails: the next connection has new ones. */
export function watch<Watched extends Channel>(channel: Watched, giveUp: Link['giveUp']): Watched {
  channel.on('error', (error) => giveUp(error.message))
  return channel
}

function withHeartbeat(text: string): string {
  const url = new URL(text)
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT))
  return url.href
}
