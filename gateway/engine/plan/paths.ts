import { isObject } from '../../../platform/json.ts'
import { readOwn, type Data } from '../own.ts'

/** Where a fetch puts what it gets: names of fields, and '@' for every element of a list. */
export type Path = readonly string[]

/** What stands for every element of a list. */
const EACH = '@'

/** A path as query plans have it. */
export const pathOf = (steps: readonly (string | number)[]): Path => steps.map(String)

/** The objects at a path, in their order; what is null is left out. */
export function objectsAt(root: Data, path: Path): Data[] {
  const found: Data[] = []
  collect(root, path, 0, found)
  return found
}

function collect(value: unknown, path: Path, depth: number, found: Data[]): void {
  if (Array.isArray(value)) {
    // What follows '@' is each element's; the end of a path may be a list as a whole.
    const next = path[depth] === EACH ? depth + 1 : depth
    for (const element of value) collect(element, path, next, found)
  } else if (isObject(value)) {
    const step = path[depth]
    if (step === undefined) found.push(value)
    else if (step !== EACH) collect(readOwn(value, step), path, depth + 1, found)
  }
}

/** Where each of the objects at a path is in the answer, in the same order: for errors alone. */
export function placesAt(root: Data, path: Path): (string | number)[][] {
  const found: (string | number)[][] = []
  collectPlaces(root, path, 0, [], found)
  return found
}

function collectPlaces(
  value: unknown,
  path: Path,
  depth: number,
  place: (string | number)[],
  found: (string | number)[][],
): void {
  if (Array.isArray(value)) {
    const next = path[depth] === EACH ? depth + 1 : depth
    for (const [index, element] of value.entries()) collectPlaces(element, path, next, [...place, index], found)
  } else if (isObject(value)) {
    const step = path[depth]
    if (step === undefined) found.push(place)
    else if (step !== EACH) collectPlaces(readOwn(value, step), path, depth + 1, [...place, step], found)
  }
}
