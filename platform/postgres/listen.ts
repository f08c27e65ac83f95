import { Client, type ClientConfig } from 'pg'
import { inBackground, pause } from '../process/background.ts'
import { log } from '../process/log.ts'
import { messageOf } from '../process/message-of.ts'

const AGAIN_AFTER = 1_000

/**
 * Listens to a channel of PostgreSQL on a connection of its own, until it is released. Lost, the connection is made
 * again; what was told meanwhile is not told later, so a listener must look by itself too.
 */
export function listen(config: ClientConfig, channel: string, onNotice: () => void): AsyncDisposable {
  return inBackground((signal) => stayConnected(config, channel, onNotice, signal))
}

async function stayConnected(
  config: ClientConfig,
  channel: string,
  onNotice: () => void,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const client = new Client(config)
    const over = new AbortController()
    try {
      await listenUntilLost(client, channel, onNotice, signal, over.signal)
    } catch (error) {
      if (!signal.aborted) log.warn({ channel, reason: messageOf(error) }, 'a listening connection was lost')
      await pause(AGAIN_AFTER, signal)
    } finally {
      over.abort()
      await client.end().catch(() => undefined)
    }
  }
}

async function listenUntilLost(
  client: Client,
  channel: string,
  onNotice: () => void,
  signal: AbortSignal,
  over: AbortSignal,
): Promise<void> {
  const lost = new Promise<void>((resolve, reject) => {
    client.on('error', reject)
    client.on('end', () => reject(new Error('the connection ended')))
    signal.addEventListener('abort', () => resolve(), { once: true, signal: over })
  })
  client.on('notification', onNotice)
  await Promise.race([client.connect(), lost])
  if (signal.aborted) return
  await client.query(`listen ${client.escapeIdentifier(channel)}`)
  // What was told before this moment was not heard.
  onNotice()
  await lost
}
