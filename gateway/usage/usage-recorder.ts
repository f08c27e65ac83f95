import { createHash } from 'node:crypto'
import { Kind, parse, type GraphQLSchema } from 'graphql'
import { LRUCache } from 'lru-cache'
import { coordinatesOf } from '../../platform/graphql/coordinates.ts'
import { withoutLiterals } from '../../platform/graphql/without-literals.ts'
import type { Database } from '../../platform/postgres/database.ts'
import { log } from '../../platform/process/log.ts'
import { migrateUsage, openUsage } from '../../platform/usage/place.ts'
import { addSupergraph, addUsage, pruneUsage, type OperationShape, type Use } from '../../platform/usage/usage-store.ts'
import type { Client } from '../request/client-of.ts'

/** How often counts are written, in ms. */
const EVERY = 10_000
/** Different counts that are held until they are written; what comes on top of them is not counted. */
const HELD = 10_000
/** How long counts are kept, in days. */
const KEPT = 90

/** Operations whose shape is remembered. */
const SHAPES = 5_000

/** What a request asked for. */
export interface Counted {
  /** As the client sent it. */
  document: string
  operationName: string | undefined
}

export interface UsageSettings {
  databaseUrl: string
  /** How many of a hundred requests are counted. */
  sample: number
}

/** Counts which operations clients ask for, and with them which parts of the schema are in use. */
export class UsageRecorder implements AsyncDisposable {
  readonly #settings: UsageSettings
  readonly #database: Database
  readonly #uses = new Map<string, Use>()
  readonly #operations = new Map<string, OperationShape>()
  readonly #versions = new Set<string>()
  readonly #shapes = new LRUCache<string, OperationShape>({ max: SHAPES })
  readonly #timer: NodeJS.Timeout
  #isReady = false
  #prunedOn = ''
  #writing: Promise<void> = Promise.resolve()

  constructor(settings: UsageSettings) {
    this.#settings = settings
    this.#database = openUsage(settings.databaseUrl)
    this.#timer = setInterval(() => this.#flush(), EVERY).unref()
  }

  /** Notes that a supergraph is served from now on. */
  serve(version: string): void {
    this.#versions.add(version)
    // The same document may use more of another schema.
    this.#shapes.clear()
  }

  /** Counts a request for a valid operation. @param schema what clients see */
  count({ document, operationName }: Counted, schema: GraphQLSchema, { name, version }: Client): void {
    if (this.#settings.sample < 100 && Math.random() * 100 >= this.#settings.sample) return
    const asked = `${operationName ?? ''}\0${document}`
    const shape = this.#shapes.get(asked) ?? shapeOf(schema, document, operationName)
    this.#shapes.set(asked, shape)
    const { id } = shape
    const day = new Date().toISOString().slice(0, 10)
    const key = `${day} ${id} ${name}\n${version}`
    const known = this.#uses.get(key)
    if (known) known.requests++
    if (known || this.#uses.size >= HELD) return
    this.#uses.set(key, { day, operationId: id, clientName: name, clientVersion: version, requests: 1 })
    this.#operations.set(id, shape)
  }

  #flush(): Promise<void> {
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  /** What cannot be written now is held, and written with what comes. */
  async #write(): Promise<void> {
    if (this.#uses.size === 0) return
    const [uses, operations] = [[...this.#uses.values()], [...this.#operations.values()]]
    this.#uses.clear()
    this.#operations.clear()
    try {
      if (!this.#isReady) await migrateUsage(this.#settings.databaseUrl, this.#database)
      this.#isReady = true
      await this.#database.transaction(async (queries) => {
        await addUsage(
          queries,
          operations,
          uses.map((use) => this.#scaled(use)),
        )
        for (const version of this.#versions) await addSupergraph(queries, version)
      })
      await this.#prune()
    } catch (error) {
      log.warn({ err: error }, 'what clients ask for could not be written, and will be later')
      this.#putBack(uses, operations)
    }
  }

  /** What was sampled stands for all. */
  #scaled(use: Use): Use {
    return { ...use, requests: Math.round((use.requests * 100) / this.#settings.sample) }
  }

  #putBack(uses: Use[], operations: OperationShape[]): void {
    for (const use of uses) {
      const key = `${use.day} ${use.operationId} ${use.clientName}\n${use.clientVersion}`
      const since = this.#uses.get(key)
      if (since) since.requests += use.requests
      else if (this.#uses.size < HELD) this.#uses.set(key, use)
    }
    for (const operation of operations) this.#operations.set(operation.id, operation)
  }

  async #prune(): Promise<void> {
    const today = new Date().toISOString().slice(0, 10)
    if (this.#prunedOn === today) return
    await pruneUsage(this.#database, KEPT)
    this.#prunedOn = today
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#flush()
    await this.#database[Symbol.asyncDispose]()
  }
}

function shapeOf(schema: GraphQLSchema, document: string, operationName: string | undefined): OperationShape {
  const parsed = parse(document)
  const text = withoutLiterals(parsed)
  const operation = parsed.definitions.find((each) => each.kind === Kind.OPERATION_DEFINITION)
  const name = operationName ?? operation?.name?.value ?? ''
  return {
    id: createHash('sha256').update(`${name}\n${text}`).digest('hex'),
    name,
    text,
    coordinates: coordinatesOf(schema, parsed),
  }
}
