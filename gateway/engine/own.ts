/** What subgraphs send: objects of JSON. */
export type Data = Record<string, unknown>

/**
 * Reads a property that an object has itself. Objects that JSON.parse makes inherit from Object.prototype, and clients
 * choose names: an alias such as `constructor` must find nothing but what the subgraph sent. All that is inherited is
 * a function, which JSON has none of, but for `__proto__`.
 */
export function readOwn(object: Data, name: string): unknown {
  if (name === '__proto__') return Object.hasOwn(object, name) ? object[name] : undefined
  const value = object[name]
  return typeof value === 'function' ? undefined : value
}

/** Sets a property of an object itself, whatever the name is. */
export function setOwn(object: Data, name: string, value: unknown): void {
  if (name === '__proto__')
    Object.defineProperty(object, name, { value, configurable: true, enumerable: true, writable: true })
  else object[name] = value
}
