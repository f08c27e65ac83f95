import type { FetchNode } from '@apollo/query-planner'
import { isInterfaceType, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { isObject } from '../../../platform/json.ts'
import { UnavailableError } from '../../../platform/graphql/errors.ts'
import { log } from '../../../platform/process/log.ts'
import type { OperationKind, SubgraphExecutor } from '../../subgraphs/subgraph-executor.ts'
import type { CachedParts } from '../../cache/cached-parts.ts'
import type { Loaded, LoadParts } from '../../cache/parts.ts'
import { cachedEntitiesOf, type CachedEntities } from '../../cache/cached-entities.ts'
import { cachedFieldsOf, type CachedFields } from '../../cache/cached-fields.ts'
import type { Caching } from '../../cache/caching.ts'
import type { GatewayContext } from '../../context.ts'
import { readOwn, setOwn, type Data } from '../own.ts'
import type { Run } from '../run.ts'
import { placed, placedEntityErrors, placeOf } from './errors.ts'
import { mergeInto } from './merge.ts'
import { objectsAt, pathOf, type Path } from './paths.ts'
import { representationWriter, type RepresentationWriter } from './representations.ts'
import { rewriteOf, type Rewrite } from './rewrites.ts'

/** A fetch of a query plan, ready to be run. */
export interface Fetch {
  executor: SubgraphExecutor
  subgraph: string
  kind: OperationKind
  /** The body of the request up to the values of its variables. */
  prefix: string
  variables: { name: string; label: string }[]
  path: Path
  /** For fetches of entities: how they are told to the subgraph. */
  represent: RepresentationWriter | null
  rewriteAnswer: Rewrite | null
  isInterface: (typename: unknown) => boolean
  /** How its answers are kept; null when they are not. */
  caching: FetchCaching | null
}

/** The cache, and what of a fetch it may keep. */
interface FetchCaching {
  parts: CachedParts
  cached: CachedEntities | CachedFields
}

export interface FetchSettings {
  /** The supergraph's own schema, with the types that clients cannot see. */
  supergraph: GraphQLSchema
  executorOf: (subgraph: string) => SubgraphExecutor
  /** Null where nothing is kept. */
  caching: Caching | null
}

/** Prepares a fetch whose answer belongs at a path. */
export function compileFetch(node: FetchNode, path: (string | number)[], settings: FetchSettings): Fetch {
  const { supergraph, executorOf } = settings
  return {
    executor: executorOf(node.serviceName),
    subgraph: node.serviceName,
    kind: node.operationKind === 'mutation' ? 'mutation' : 'query',
    prefix: `{"query":${JSON.stringify(withoutName(node.operation))},"variables":{`,
    variables: (node.variableUsages ?? []).map((name) => ({ name, label: `${JSON.stringify(name)}:` })),
    path: pathOf(path),
    represent: node.requires
      ? representationWriter(supergraph, node.requires, rewriteOf(supergraph, node.inputRewrites))
      : null,
    rewriteAnswer: rewriteOf(supergraph, node.outputRewrites),
    isInterface: (typename) => isInterfaceType(supergraph.getType(String(typename))),
    caching: cachingOf(node, settings.caching),
  }
}

function cachingOf(node: FetchNode, caching: Caching | null): FetchCaching | null {
  if (!caching || node.operationKind === 'mutation') return null
  const prepare = node.requires ? cachedEntitiesOf : cachedFieldsOf
  const cached = prepare(caching, node.serviceName, withoutName(node.operation))
  return cached && { parts: caching.parts, cached }
}

/** The variable in which entities are told, so that none of the client's may have its name. */
const REPRESENTATIONS = 'representations'
const TAKEN = {
  message: `A variable of this operation may not be named $${REPRESENTATIONS}: give it another name.`,
  extensions: { code: 'BAD_USER_INPUT' },
}

/** The same fetch is the same text whichever operation it is of: equal ones under way at once are asked once. */
function withoutName(operation: string): string {
  return operation.replace(/^(query|mutation) \w+/, '$1 ')
}

/** Runs a fetch and puts what it got into the answer; a failure is an error of its part alone. */
export async function runFetch(fetch: Fetch, run: Run): Promise<void> {
  // Nobody waits any more; what changes something is done all the same.
  if (run.context.cancellation.isCancelled && !run.isMutation) return
  const objects = objectsAt(run.data, fetch.path)
  if (objects.length === 0) return
  try {
    if (fetch.represent) await fetchEntities(fetch, fetch.represent, objects, run)
    else await fetchFields(fetch, objects, run)
  } catch (error) {
    log.error({ err: error, subgraph: fetch.subgraph, requestId: run.context.requestId }, 'a fetch failed')
    const extensions = { code: 'INTERNAL_SERVER_ERROR' }
    run.errors.push(placed({ message: 'Something went wrong.', extensions }, fetch, undefined))
  }
}

async function fetchFields(fetch: Fetch, objects: Data[], run: Run): Promise<void> {
  const { data, errors } = await fieldsOf(fetch, run)
  run.errors.push(...errors)
  fetch.rewriteAnswer?.(data)
  for (const object of objects) mergeInto(object, data)
}

/** The fields that a fetch asks for, some of them perhaps from the cache. */
async function fieldsOf(fetch: Fetch, run: Run): Promise<{ data: Data | null; errors: GraphQLFormattedError[] }> {
  const { caching } = fetch
  if (run.isMutation || caching?.cached.kind !== 'fields') {
    dependOnUnknown(fetch, run)
    return askFields(fetch, fetch.prefix + variablesText(fetch, run), run.context, run)
  }
  const { fields, isPublic, operationFor } = caching.cached
  const load: LoadParts = async (indexes, context, state) => {
    const isAll = indexes.length === fields.length
    const body = isAll ? fetch.prefix + variablesText(fetch, run) : beginningOf(operationFor(indexes), run)
    const { data, errors } = await askFields(fetch, body, isPublic ? asNobody(context) : context, run, state)
    return { values: indexes.map((index) => readOwn(data ?? {}, fields[index]?.name ?? '')), errors }
  }
  const { viewer } = run.context
  const parts = fields.map((field) => field.partOf(run.variables, viewer))
  const { values, errors } = await caching.parts.answer({ subgraph: fetch.subgraph, parts, load, context: run.context })
  const data: Data = {}
  for (const [index, { name }] of fields.entries()) if (values[index] !== undefined) setOwn(data, name, values[index])
  return { data, errors }
}

async function askFields(fetch: Fetch, beginning: string, context: GatewayContext, { isMutation }: Run, state = '') {
  const { executor, kind } = fetch
  const { data, errors } = await executor({ body: `${beginning}}}`, kind, isShareable: !isMutation, state }, context)
  return { data: data ?? null, errors: (errors ?? []).map((error) => placed(error, fetch, placeOf(error, fetch))) }
}

/** The body of an operation, up to the end of its variables. */
function beginningOf({ query, variables }: { query: string; variables: string[] }, run: Run): string {
  const labelled = variables.map((name) => ({ name, label: `${JSON.stringify(name)}:` }))
  return `{"query":${JSON.stringify(query)},"variables":{${variablesText({ variables: labelled }, run)}`
}

/** What everyone may see is asked for as nobody: then nothing else can be part of the answer. */
const asNobody = (context: GatewayContext): GatewayContext => ({ ...context, viewer: null })

function dependOnUnknown({ subgraph }: Fetch, { context: { freshness } }: Run): void {
  freshness.dependOnUnknown()
  freshness.stories.push({ subgraph, parts: { uncached: 1 } })
}

/** Asks for each entity once, and spreads the answers back. */
async function fetchEntities(fetch: Fetch, represent: RepresentationWriter, objects: Data[], run: Run): Promise<void> {
  const asked = new Map<string, Data[]>()
  for (const object of objects) {
    const text = represent(object)
    if (text === null) continue
    const same = asked.get(text)
    if (same) same.push(object)
    else asked.set(text, [object])
  }
  if (asked.size === 0) return
  if (fetch.variables.some(({ name }) => name === REPRESENTATIONS))
    return void run.errors.push(placed(TAKEN, fetch, undefined))
  const targets = [...asked.values()]
  const { values, errors } = await entitiesOf(fetch, [...asked.keys()], targets, run)
  run.errors.push(...errors)
  spread(values, fetch, targets)
}

/** The entities that a fetch asks for, some of them perhaps from the cache. */
async function entitiesOf(fetch: Fetch, texts: string[], targets: Data[][], run: Run): Promise<Loaded> {
  const { caching } = fetch
  const variables = variablesText(fetch, run)
  const load: LoadParts = (indexes, context, state) =>
    askEntities(fetch, { variables, texts, targets, indexes, state }, context, run)
  if (run.isMutation || caching?.cached.kind !== 'entities') {
    dependOnUnknown(fetch, run)
    return load([...texts.keys()], run.context, '')
  }
  const { isPublic, partOf } = caching.cached
  const parts = texts.map((text, index) => partOf(targets[index]?.[0] ?? {}, text, variables, run.context.viewer))
  return caching.parts.answer({
    subgraph: fetch.subgraph,
    parts,
    load: (indexes, context, state) => load(indexes, isPublic ? asNobody(context) : context, state),
    context: run.context,
  })
}

/** Some entities of a fetch. */
interface AskedEntities {
  variables: string
  texts: string[]
  targets: Data[][]
  indexes: number[]
  state: string
}

async function askEntities(
  fetch: Fetch,
  { variables, texts, targets, indexes, state }: AskedEntities,
  context: GatewayContext,
  run: Run,
): Promise<Loaded> {
  const representations = indexes.map((index) => texts[index]).join()
  const body = `${fetch.prefix}${variables}${variables === '' ? '' : ','}"representations":[${representations}]}}`
  const { data, errors } = await fetch.executor(
    { body, kind: fetch.kind, isShareable: !run.isMutation, state },
    context,
  )
  const asked = indexes.map((index) => targets[index] ?? [])
  const told = errors ? placedEntityErrors(errors, fetch, asked, run) : []
  const entities = data?._entities ?? []
  if (Array.isArray(entities) && (entities.length === asked.length || !data?._entities))
    return { values: entities, errors: told }
  log.error({ subgraph: fetch.subgraph, requestId: context.requestId }, 'a subgraph answered for other entities')
  return { values: [], errors: [...told, placed(new UnavailableError().toJSON(), fetch, undefined)] }
}

function spread(entities: unknown[], fetch: Fetch, targets: Data[][]): void {
  for (const [index, same] of targets.entries()) {
    const entity: unknown = entities[index]
    if (!isObject(entity)) continue
    const known = same[0]?.__typename
    // A subgraph may know an interface alone, and whoever asked knows which of its types this is.
    if (!entity.__typename || (known && fetch.isInterface(entity.__typename))) entity.__typename = known
    fetch.rewriteAnswer?.(entity)
    for (const object of same) mergeInto(object, entity)
  }
}

function variablesText({ variables }: Pick<Fetch, 'variables'>, run: Run): string {
  let text = ''
  for (const { name, label } of variables) {
    const value = Object.hasOwn(run.variables, name) ? run.variables[name] : undefined
    if (value !== undefined) text += `${text === '' ? '' : ','}${label}${JSON.stringify(value)}`
  }
  return text
}
