import { isObject } from '../../../platform/json.ts'
import { readOwn, setOwn, type Data } from '../own.ts'

/** Puts what a subgraph sent of an object beside what others sent of it, in place. */
export function mergeInto(target: Data, source: unknown): void {
  if (!isObject(source)) return
  for (const key of Object.keys(source)) {
    const theirs = source[key]
    const ours = readOwn(target, key)
    if (theirs === undefined || theirs === ours) continue
    if (isObject(ours) && isObject(theirs)) mergeInto(ours, theirs)
    else if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) mergeElements(ours, theirs)
    else setOwn(target, key, theirs)
  }
}

/** Two subgraphs sent the same list: each of its objects is one object. */
function mergeElements(target: unknown[], source: unknown[]): void {
  for (let index = 0; index < source.length; index++) {
    const [ours, theirs] = [target[index], source[index]]
    if (isObject(ours) && isObject(theirs)) mergeInto(ours, theirs)
    else if (Array.isArray(ours) && Array.isArray(theirs) && ours.length === theirs.length) mergeElements(ours, theirs)
    else target[index] = theirs
  }
}
