import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { createInProcessBus } from '../../platform/events/in-process-bus.ts'
import type { Consumers, Listener, Reactions } from '../../platform/events/consumers.ts'
import { createRabbitMqBus } from '../../platform/events/rabbitmq/rabbitmq-bus.ts'
import { startRelay } from '../../platform/events/relay.ts'
import type { Database, Queries } from '../../platform/postgres/database.ts'
import { openBackgroundDatabase, placeOf } from '../../platform/subgraph/place.ts'
import { createDatabase, type TestDatabase } from './database.ts'

/** The outbox of users, and orders as the one who listens, in a database of a test's own. */
export interface Post extends AsyncDisposable {
  database: TestDatabase
  outbox: Database
  inbox: Database
  /** Starts a worker that carries users' events to this listener. */
  work: (consumers: Consumers, reactions?: Reactions) => Promise<AsyncDisposable>
  /** Puts events of an object into the outbox: their versions, from 1 on. */
  write: (aggregateId: string, versions: number) => Promise<void>
  /** Events that the bus does not have yet. */
  unpublished: () => Promise<Record<string, unknown>[]>
}

const FIRST_PAUSE = 50

/** @param amqpUrl undefined for the bus in process. */
export async function openPost(amqpUrl: string | undefined): Promise<Post> {
  const resources = new AsyncDisposableStack()
  const database = resources.use(await createDatabase())
  const open = (name: string) => resources.use(openBackgroundDatabase(placeOf(name, undefined, database.url)))
  const [outbox, inbox] = [open('users'), open('orders')]
  return {
    database,
    outbox,
    inbox,
    async work(consumers, reactions = {}) {
      const worker = new AsyncDisposableStack()
      const listeners: Listener[] = [{ name: 'orders', database: inbox, consumers, reactions }]
      const bus = worker.use(
        amqpUrl ? await createRabbitMqBus(amqpUrl, listeners, FIRST_PAUSE) : createInProcessBus(listeners),
      )
      worker.use(startRelay({ outbox, bus, firstPause: FIRST_PAUSE }))
      return resources.use(once(worker))
    },
    async write(aggregateId, versions) {
      await database.sql(
        `with recorded as (
           insert into users.outbox (id, type, aggregate_id, version, payload)
           select gen_random_uuid(), 'stock.changed', $1, v, jsonb_build_object('productId', $1::text, 'availableQuantity', v)
           from generate_series(1, $2) v order by random())
         select pg_notify('outbox_users', '')`,
        [aggregateId, versions],
      )
    },
    unpublished: () => database.sql('select id, type, attempts from users.outbox where published_at is null'),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  }
}

/** Lets a test release something before the rest. */
function once(stack: AsyncDisposableStack): AsyncDisposable {
  return { [Symbol.asyncDispose]: () => stack.disposeAsync() }
}

/** The id of a product, for tests that need no product. */
export const productId = (number: number) => `product_${String(number).padStart(26, '0')}` as const

/** Notes what was seen in the transaction of the effect, as consumers do. */
export async function note(
  queries: Queries,
  { productId: id, availableQuantity }: { productId: string; availableQuantity: number },
) {
  await queries.query('insert into seen (id, version) values ($1, $2)', [id, availableQuantity])
}

/** Makes the table that `note` writes to; gives what is in it, whenever that is asked for. */
export async function openSeen(post: Post): Promise<() => Promise<unknown[]>> {
  await post.inbox.query('create table seen (position bigint generated always as identity, id text, version int)')
  return () => post.inbox.query('select id, version from seen order by id, position')
}

/** What the command for dead letters prints. */
export const deadLetters = async (post: Post, amqpUrl: string | undefined, ...args: string[]) =>
  (
    await promisify(execFile)(process.execPath, ['subgraphs/dead-letters.ts', ...args], {
      env: { PATH: process.env.PATH, DATABASE_URL: post.database.url, AMQP_URL: amqpUrl, EVENT_RETRY_MS: '50' },
    })
  ).stdout
