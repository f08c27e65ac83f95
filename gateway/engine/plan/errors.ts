import type { GraphQLFormattedError } from 'graphql'
import type { Data } from '../own.ts'
import type { Run } from '../run.ts'
import { objectsAt, placesAt, type Path } from './paths.ts'

/** A fetch, as far as errors of it need to know. */
interface Failing {
  subgraph: string
  path: Path
}

/** Where an error of a fetch belongs in the answer; undefined when it is of the fetch as a whole. */
export function placeOf({ path }: GraphQLFormattedError, fetch: Failing): (string | number)[] | undefined {
  return path && [...fetch.path, ...path]
}

/** An error at an entity is told wherever the entity is; one of the fetch as a whole has no place. */
export function placedEntityErrors(errors: GraphQLFormattedError[], fetch: Failing, targets: Data[][], run: Run) {
  const objects = objectsAt(run.data, fetch.path)
  const places = placesAt(run.data, fetch.path)
  return errors.flatMap((error) => {
    const [, index, ...rest] = error.path ?? []
    const same = new Set(typeof index === 'number' ? targets[index] : [])
    const here = places.filter((_, position) => same.has(objects[position] ?? {}))
    return here.length === 0
      ? [placed(error, fetch, undefined)]
      : here.map((place) => placed(error, fetch, [...place, ...rest]))
  })
}

/** An error as clients see it, with the name of the subgraph at most. */
export function placed(error: GraphQLFormattedError, { subgraph }: Failing, path: (string | number)[] | undefined) {
  // `http` would let a subgraph choose the status of the whole answer.
  const { http: _http, ...told } = error.extensions ?? {}
  const extensions = { code: 'DOWNSTREAM_SERVICE_ERROR', ...told, serviceName: subgraph }
  return { message: error.message, extensions, ...(path && { path }) }
}
