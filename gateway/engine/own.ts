/**
 * Objects that JSON.parse makes inherit from Object.prototype, and clients choose names: an alias such as `constructor`
 * must find nothing but what the subgraph sent.
 */
export type Data = Record<string, unknown>

/** Reads a property of one name. */
export type Getter = (object: Data) => unknown

/** A reader of a property; names that every object inherits are looked up more carefully. */
export function getterOf(name: string): Getter {
  if (name in Object.prototype) return (object) => (Object.hasOwn(object, name) ? object[name] : undefined)
  return (object) => object[name]
}

/** Sets a property of an object, whatever the name is. */
export function setOwn(object: Data, name: string, value: unknown): void {
  if (name in Object.prototype)
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true })
  else object[name] = value
}

export function isData(value: unknown): value is Data {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
