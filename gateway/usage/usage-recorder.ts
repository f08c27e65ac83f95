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

/** Operations whose shape is remembered, and characters of the longest that is counted. */
const SHAPES = 5_000
const SHAPES_SIZE = 20_000_000
const LONGEST = 20_000
/** Versions of clients that are told apart in a day; all others are counted as one. */
const CLIENTS = 500
/** What operations that are new in a day may take, in characters, each some more: anybody can send others without end. */
const NEW_A_DAY = 50_000_000
const EACH = 200

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
  /** Of each schema: the same document may use more of another. */
  readonly #shapes = new WeakMap<GraphQLSchema, LRUCache<string, OperationShape>>()
  readonly #timer: NodeJS.Timeout
  readonly #clients = new Set<string>()
  /** Operations of the day and of the day before, by their ids, and what those that are new in it take. */
  #counted = new Set<string>()
  #before = new Set<string>()
  #taken = 0
  #day = ''
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
  }

  /** Counts a request for a valid operation. @param schema what clients see */
  count({ document, operationName }: Counted, schema: GraphQLSchema, client: Client): void {
    if (this.#settings.sample < 100 && Math.random() * 100 >= this.#settings.sample) return
    if (document.length > LONGEST) return
    const shape = this.#shapeOf(schema, document, operationName)
    const { id } = shape
    const day = today()
    this.#begin(day)
    if (!this.#hasRoomFor(shape)) return
    const { name, version } = this.#known(client)
    const use = { day, operationId: id, clientName: name, clientVersion: version, requests: 1 }
    const known = this.#uses.get(keyOf(use))
    if (known) known.requests++
    if (known || this.#uses.size >= HELD) return
    this.#uses.set(keyOf(use), use)
    this.#operations.set(id, shape)
  }

  #begin(day: string): void {
    if (day === this.#day) return
    this.#day = day
    this.#taken = 0
    this.#clients.clear()
    this.#before = this.#counted
    this.#counted = new Set()
  }

  #hasRoomFor({ id, text }: OperationShape): boolean {
    if (this.#counted.has(id)) return true
    if (!this.#before.has(id) && !this.#take(text.length + EACH)) return false
    this.#counted.add(id)
    return true
  }

  #take(length: number): boolean {
    const wasFull = this.#taken > NEW_A_DAY
    if (!wasFull) this.#taken += length
    const isFull = this.#taken > NEW_A_DAY
    if (isFull && !wasFull) log.warn('so many operations are new today that further ones are not counted')
    return !isFull
  }

  /** Anybody can claim to be any client: so many are told apart, and no more. */
  #known(client: Client): Client {
    const claimed = `${client.name}\n${client.version}`
    if (this.#clients.size >= CLIENTS && !this.#clients.has(claimed)) return { name: 'others', version: '' }
    this.#clients.add(claimed)
    return client
  }

  #shapeOf(schema: GraphQLSchema, document: string, operationName: string | undefined): OperationShape {
    const shapes = this.#shapes.get(schema) ?? newShapes()
    this.#shapes.set(schema, shapes)
    const asked = `${operationName ?? ''}\0${document}`
    const shape = shapes.get(asked) ?? shapeOf(schema, document, operationName)
    shapes.set(asked, shape)
    return shape
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
    } catch (error) {
      log.warn({ err: error }, 'what clients ask for could not be written, and will be later')
      return this.#putBack(uses, operations)
    }
    await this.#prune().catch((error: unknown) => log.warn({ err: error }, 'old counts could not be removed'))
  }

  /** What was sampled stands for all. */
  #scaled(use: Use): Use {
    return { ...use, requests: Math.round((use.requests * 100) / this.#settings.sample) }
  }

  #putBack(uses: Use[], operations: OperationShape[]): void {
    for (const use of uses) {
      const since = this.#uses.get(keyOf(use))
      if (since) since.requests += use.requests
      else if (this.#uses.size < HELD) this.#uses.set(keyOf(use), use)
    }
    for (const operation of operations) this.#operations.set(operation.id, operation)
  }

  async #prune(): Promise<void> {
    const day = today()
    if (this.#prunedOn === day) return
    await pruneUsage(this.#database, KEPT)
    this.#prunedOn = day
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer)
    await this.#flush()
    await this.#database[Symbol.asyncDispose]()
  }
}

/** The day, in UTC. */
const today = () => new Date().toISOString().slice(0, 10)

/** What requests are counted by. */
const keyOf = ({ day, operationId, clientName, clientVersion }: Use) =>
  `${day} ${operationId} ${clientName}\n${clientVersion}`

const newShapes = () =>
  new LRUCache<string, OperationShape>({
    max: SHAPES,
    maxSize: SHAPES_SIZE,
    sizeCalculation: ({ text }, asked) => asked.length + text.length,
  })

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
