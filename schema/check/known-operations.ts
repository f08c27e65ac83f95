import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { parse, validate, type DocumentNode, type GraphQLSchema } from 'graphql'
import { coordinatesOf } from '../../platform/graphql/coordinates.ts'
import { operationsOfManifest } from '../../platform/graphql/persisted-query-manifest.ts'
import { openUsage } from '../../platform/usage/place.ts'
import { listSupergraphs, listUsedOperations, usageSince } from '../../platform/usage/usage-store.ts'
import { CannotRunError } from './cannot-run.ts'
import { messageOf } from '../../platform/process/message-of.ts'

/** An operation that a client sends. */
export interface KnownOperation {
  /** '' when it has none. */
  name: string
  /** The client with its version, such as `mobile 3.2`; '' when it did not tell. */
  client: string
  /** How often it was asked for, and when last; null of a manifest's. */
  usage: { requests: number; lastDay: string } | null
  /** What of the base it uses. */
  coordinates: ReadonlySet<string>
  /** As a whole; null where only what it uses was counted. */
  document: DocumentNode | null
}

/** What is known of what clients send. */
export interface Known {
  operations: KnownOperation[]
  /** Where that is known from, for people; empty when nothing is. */
  sources: string[]
  /** The first day of counting; null when nothing was counted. */
  since: string | null
  /** Versions of the supergraphs that were served meanwhile. */
  served: string[]
}

/** Manifests of clients, whose names tell client and version: `mobile@3.2.json`. */
const FOLDER = join(import.meta.dirname, '../operations')

/**
 * Gathers what clients send: the manifests in `schema/operations/` and those named, and what gateways have counted.
 * @throws CannotRunError when something named cannot be read.
 */
export async function knownOperations(
  { usage, manifests }: { usage: string | undefined; manifests: string[] },
  schemas: GraphQLSchema[],
): Promise<Known> {
  const committed = (await readdir(FOLDER).catch(() => [])).filter((file) => file.endsWith('.json'))
  const files = [...committed.map((file) => join(FOLDER, file)), ...manifests]
  const fromManifests = (await Promise.all(files.map((file) => readManifest(file, schemas)))).flat()
  const counted = usage ? await readUsage(usage) : null
  return {
    operations: [...fromManifests, ...(counted?.operations ?? [])],
    sources: [...files.map((file) => basename(file)), ...(counted?.since ? [`requests since ${counted.since}`] : [])],
    since: counted?.since ?? null,
    served: counted?.served ?? [],
  }
}

async function readManifest(file: string, schemas: GraphQLSchema[]): Promise<KnownOperation[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new CannotRunError(`The manifest ${file} cannot be read.`, { cause: error })
  })
  const read = operationsOfManifest(text)
  if ('reason' in read)
    throw new CannotRunError(`${file} is no manifest of operations (${read.reason}): write it with npm run operations.`)
  const client = basename(file, '.json').replace('@', ' ')
  return read.operations.map(({ name, body }) => ({
    name,
    client,
    usage: null,
    ...used(body, schemas, `${file}: ${name}`),
  }))
}

/** What an operation uses of the schema that it was made for: the first one that it is valid in. */
function used(body: string, schemas: GraphQLSchema[], place: string): Pick<KnownOperation, 'coordinates' | 'document'> {
  try {
    const document = parse(body)
    const fitting = schemas.find((schema) => validate(schema, document).length === 0) ?? schemas[0]
    return { document, coordinates: fitting ? coordinatesOf(fitting, document) : new Set() }
  } catch (error) {
    const reason = messageOf(error)
    throw new CannotRunError(`${place} is no operation: ${reason}`, { cause: error })
  }
}

async function readUsage(url: string): Promise<Omit<Known, 'sources'>> {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol))
    throw new CannotRunError('The database of usage must be a URL that begins with postgres:// or postgresql://.')
  await using database = openUsage(url)
  try {
    const [operations, since, served] = await Promise.all([
      listUsedOperations(database),
      usageSince(database),
      listSupergraphs(database),
    ])
    return {
      operations: operations.map(({ name, clientName, clientVersion, requests, lastDay, coordinates }) => ({
        name,
        client: [clientName, clientVersion].filter(Boolean).join(' '),
        usage: { requests, lastDay },
        coordinates,
        document: null,
      })),
      since,
      served,
    }
  } catch (error) {
    throw new CannotRunError(
      'The database of usage cannot be read: it is away, or no gateway has counted there yet (USAGE_DATABASE_URL or --usage).',
      { cause: error },
    )
  }
}
