import { fromUUIDBytes, TypeID, typeid } from 'typeid-js'

/** An id as clients see it: TypeID style, such as `todo_01h455vb4pex5vsknk084sn02q`. */
export type Id<Prefix extends string> = `${Prefix}_${string}`
export type UserId = Id<'user'>

/** Makes a new id; ids made later sort later (UUIDv7). */
export function newId<const Prefix extends string>(prefix: Prefix): Id<Prefix> {
  return `${prefix}_${typeid(prefix).getSuffix()}`
}

/** Whether a text is a well-formed id of this type; says nothing of whether the object exists. */
export function isId<const Prefix extends string>(prefix: Prefix, id: string): id is Id<Prefix> {
  return id.length === prefix.length + 27 && id.startsWith(`${prefix}_`) && SUFFIX.test(id.slice(prefix.length + 1))
}

/** 26 digits of Crockford's base 32; the first is at most 7, since a UUID has 128 bits. */
const SUFFIX = /^[0-7][0-9a-hjkmnp-tv-z]{25}$/

/** The UUID that the database stores for an id; any 128 bits are one, whatever version they claim to be. */
export function uuidOf(id: Id<string>): string {
  const hex = Buffer.from(TypeID.fromString(id).toUUIDBytes()).toString('hex')
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-')
}

/** The id that clients see for a UUID from the database. */
export function idOf<const Prefix extends string>(prefix: Prefix, uuid: string): Id<Prefix> {
  return `${prefix}_${fromUUIDBytes(prefix, Buffer.from(uuid.replaceAll('-', ''), 'hex')).slice(prefix.length + 1)}`
}

/** The type that an id carries: what stands before its last underscore. */
export function prefixOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf('_')))
}

/** An object that another subgraph knows more of. */
export interface Reference<Prefix extends string> {
  id: Id<Prefix>
}

/** Makes a reference of a representation; null when its id is not of this type. */
export function referenceTo<const Prefix extends string>(prefix: Prefix, id: string): Reference<Prefix> | null {
  return isId(prefix, id) ? { id } : null
}
