import { defaultFieldResolver, isObjectType, type GraphQLSchema } from 'graphql'
import { BadInputError } from './errors.ts'

/**
 * Refuses arguments with text that is no text: half a surrogate pair or a NUL character, which PostgreSQL cannot
 * store and UTF-8 cannot carry. Without this they would be changed silently, or fail deep inside.
 */
export function refuseMalformedText(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      if (field.args.length === 0) continue
      const resolve = field.resolve ?? defaultFieldResolver
      field.resolve = (source, args, context, info) => {
        assertWellFormed(args, [])
        return resolve(source, args, context, info)
      }
    }
  }
}

function assertWellFormed(value: unknown, path: string[]): void {
  if (typeof value === 'string') {
    if (!isWellFormed(value))
      throw new BadInputError(`${path.join('.')} must be Unicode text without NUL characters and half surrogate pairs.`)
  } else if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [key, part] of Object.entries(value)) assertWellFormed(part, [...path, key])
  }
}

/** Whether PostgreSQL can store a text as it is. */
export function isWellFormed(text: string): boolean {
  return text.isWellFormed() && !text.includes('\0')
}
