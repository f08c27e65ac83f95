import type { FetchNode } from '@apollo/query-planner'
import { isInterfaceType, type GraphQLFormattedError, type GraphQLSchema } from 'graphql'
import { UnavailableError } from '../../../platform/graphql/errors.ts'
import { log } from '../../../platform/process/log.ts'
import type { OperationKind, Source } from '../../subgraphs/source.ts'
import { isData, type Data } from '../own.ts'
import type { Run } from '../run.ts'
import { mergeInto } from './merge.ts'
import { objectsAt, pathOf, placesAt, type Path } from './paths.ts'
import { representationWriter, type RepresentationWriter } from './representations.ts'
import { rewriteOf, type Rewrite } from './rewrites.ts'

/** A fetch of a query plan, ready to be run. */
export interface Fetch {
  source: Source
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
}

export interface FetchSettings {
  /** The supergraph's own schema, with the types that clients cannot see. */
  supergraph: GraphQLSchema
  sourceOf: (subgraph: string) => Source
}

/** Prepares a fetch whose answer belongs at a path. */
export function compileFetch(node: FetchNode, path: (string | number)[], settings: FetchSettings): Fetch {
  const { supergraph, sourceOf } = settings
  return {
    source: sourceOf(node.serviceName),
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
  }
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
  const { data, errors } = await ask(fetch, `${variablesText(fetch, run)}}}`, run)
  if (errors) for (const error of errors) run.errors.push(placed(error, fetch, placeOf(error, fetch)))
  fetch.rewriteAnswer?.(data)
  for (const object of objects) mergeInto(object, data)
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
  const variables = variablesText(fetch, run)
  const representations = `${variables === '' ? '' : ','}"representations":[${[...asked.keys()].join()}]}}`
  const { data, errors } = await ask(fetch, variables + representations, run)
  const targets = [...asked.values()]
  if (errors) tellEntityErrors(errors, fetch, targets, run)
  spread(data?._entities, fetch, targets, run)
}

function spread(entities: unknown, fetch: Fetch, targets: Data[][], run: Run): void {
  if (entities === undefined || entities === null) return
  if (!Array.isArray(entities) || entities.length !== targets.length) {
    log.error({ subgraph: fetch.subgraph, requestId: run.context.requestId }, 'a subgraph answered for other entities')
    run.errors.push(placed(new UnavailableError().toJSON(), fetch, undefined))
    return
  }
  for (const [index, same] of targets.entries()) {
    const entity: unknown = entities[index]
    if (!isData(entity)) continue
    const known = same[0]?.__typename
    // A subgraph may know an interface alone, and whoever asked knows which of its types this is.
    if (!entity.__typename || (known && fetch.isInterface(entity.__typename))) entity.__typename = known
    fetch.rewriteAnswer?.(entity)
    for (const object of same) mergeInto(object, entity)
  }
}

/** Asks the subgraph; what keeps it from answering is an error beside no data. */
async function ask({ source, prefix, kind }: Fetch, rest: string, { context, isMutation }: Run) {
  return source({ body: prefix + rest, kind, isShareable: !isMutation }, context)
}

function variablesText({ variables }: Fetch, run: Run): string {
  let text = ''
  for (const { name, label } of variables) {
    const value = Object.hasOwn(run.variables, name) ? run.variables[name] : undefined
    if (value !== undefined) text += `${text === '' ? '' : ','}${label}${JSON.stringify(value)}`
  }
  return text
}

function placeOf({ path }: GraphQLFormattedError, fetch: Fetch): (string | number)[] | undefined {
  return path && [...fetch.path, ...path]
}

/** An error at an entity is told wherever the entity is; one of the fetch as a whole has no place. */
function tellEntityErrors(errors: GraphQLFormattedError[], fetch: Fetch, targets: Data[][], run: Run): void {
  const objects = objectsAt(run.data, fetch.path)
  const places = placesAt(run.data, fetch.path)
  for (const error of errors) {
    const [, index, ...rest] = error.path ?? []
    const same = new Set(typeof index === 'number' ? targets[index] : [])
    const here = places.filter((_, position) => same.has(objects[position] ?? {}))
    if (here.length === 0) run.errors.push(placed(error, fetch, undefined))
    for (const place of here) run.errors.push(placed(error, fetch, [...place, ...rest]))
  }
}

function placed(error: GraphQLFormattedError, { subgraph }: Fetch, path: (string | number)[] | undefined) {
  // `http` would let a subgraph choose the status of the whole answer.
  const { http: _http, ...told } = error.extensions ?? {}
  const extensions = { code: 'DOWNSTREAM_SERVICE_ERROR', ...told, serviceName: subgraph }
  return { message: error.message, extensions, ...(path && { path }) }
}
