import { setTimeout as sleep } from 'node:timers/promises'
import { connect, type ChannelModel, type Channel, type ConfirmChannel, type RecoveringChannelModel } from 'amqplib'
import { log } from '../../process/log.ts'

/** When a broker that does not answer counts as away: while connecting, in ms, and afterwards, in seconds. */
const CONNECT_TIMEOUT = 5_000
const HEARTBEAT = 10
/** The longest pause between two tries to connect, in ms. */
const LONGEST_PAUSE = 5_000

/** The channels of one connection: they live and die together. */
export interface Channels {
  publisher: ConfirmChannel
  consumer: Channel
  /** Gives the connection up, so that another one is made. */
  giveUp: (reason: string) => void
}

/**
 * Stays connected to a broker until it is released, from a start while the broker is away on.
 * @param onOpen prepares every new connection; when it throws, another one is made.
 * @param onLost is called when the connection is gone.
 */
export async function stayConnected(
  url: string,
  onOpen: (channels: Channels) => Promise<void>,
  onLost: () => void,
): Promise<RecoveringChannelModel> {
  const connection = await connect(withHeartbeat(url), {
    timeout: CONNECT_TIMEOUT,
    noDelay: true,
    recovery: {
      waitForConnect: false,
      maxDelay: LONGEST_PAUSE,
      setup: async (model: ChannelModel) => onOpen(await openChannels(model)),
    },
  })
  connection.on('disconnect', (error) => {
    onLost()
    log.warn({ reason: error.message }, 'the connection to the broker was lost, and is made again')
  })
  connection.on('connect-failed', (error) => {
    onLost()
    log.warn({ reason: error.message }, 'the broker cannot be reached now, and is tried again')
  })
  // What an error leads to is told by `disconnect`; unheard, it would end the process.
  connection.on('error', () => undefined)
  // A start while the broker is there begins connected, and one without it begins all the same.
  await Promise.race([connection.waitForConnect(), sleep(CONNECT_TIMEOUT)])
  return connection
}

async function openChannels(model: ChannelModel): Promise<Channels> {
  // Until the connection is ready, nobody else listens to its errors.
  model.on('error', () => undefined)
  const publisher = await model.createConfirmChannel()
  const consumer = await model.createChannel()
  const giveUp = (reason: string) => {
    log.warn({ reason }, 'the connection to the broker is given up')
    model.close().catch(() => undefined)
  }
  for (const channel of [publisher, consumer]) {
    channel.on('error', (error) => giveUp(error.message))
  }
  return { publisher, consumer, giveUp }
}

function withHeartbeat(text: string): string {
  const url = new URL(text)
  if (!url.searchParams.has('heartbeat')) url.searchParams.set('heartbeat', String(HEARTBEAT))
  return url.href
}
