import { BusAway } from '../bus.ts'
import { typesOf, type Listener } from '../consumers.ts'
import type { PublishedEvent } from '../events.ts'
import { stayConnected, watch, type Link } from './connection.ts'
import { createSender, encode, Unroutable, type Letter } from './messages.ts'
import { declareTopology, EXCHANGE } from './topology.ts'

/** Sends to a broker what must not be lost: everything it does resolves once the broker has it. */
export interface Publisher extends AsyncDisposable {
  publish: (event: PublishedEvent) => Promise<void>
  /** Sends a message to one queue. */
  send: (letter: Letter) => Promise<void>
}

/** What there is while the broker is connected. */
interface Session {
  send: (letter: Letter, isExpected: boolean) => Promise<void>
  giveUp: Link['giveUp']
  /** A broker that is short of memory or disk takes nothing more. */
  isBlocked: boolean
}

/** On a connection of its own: a broker that is short of memory no longer reads from those that publish. */
export async function startPublisher(url: string, listeners: Listener[], firstPause: number): Promise<Publisher> {
  const heard = new Set<string>(listeners.flatMap(typesOf))
  let session: Session | undefined
  async function onOpen({ model, giveUp }: Link): Promise<void> {
    const channel = watch(await model.createConfirmChannel(), giveUp)
    await declareTopology(channel, listeners, firstPause)
    const opened: Session = { send: createSender(channel), giveUp, isBlocked: false }
    model.on('blocked', () => void (opened.isBlocked = true))
    model.on('unblocked', () => void (opened.isBlocked = false))
    session = opened
  }
  async function send(letter: Letter, isExpected: boolean): Promise<void> {
    if (!session || session.isBlocked) throw new BusAway('the broker is away, or takes nothing now')
    const { giveUp } = session
    await session.send(letter, isExpected).catch((error: unknown) => {
      // Somebody removed the queue: the next connection declares it again.
      if (error instanceof Unroutable) giveUp(error.message)
      throw error
    })
  }
  const connection = await stayConnected({
    url,
    purpose: 'publishing',
    onOpen,
    onLost: () => void (session = undefined),
  })
  return {
    publish: (event) => send(letterOf(event), heard.has(event.type)),
    send: (letter) => send(letter, true),
    [Symbol.asyncDispose]: () => connection.close(),
  }
}

function letterOf(event: PublishedEvent): Letter {
  return { exchange: EXCHANGE, routingKey: event.type, body: encode(event), id: event.id, type: event.type }
}
