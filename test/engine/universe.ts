import {
  getNullableType,
  isAbstractType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'

/** An object of the universe: all that it is follows from its type and its id. */
export interface Thing {
  __typename: string
  id: string
}

/** How the universe misbehaves. */
export interface Laws {
  seed: number
  /** Where resolvers fail: nowhere, at fields that may be null, or anywhere. */
  failures: 'none' | 'nullable' | 'any'
}

const IDS = 6
const NEVER_FAIL = new Set(['id', 'code', 'country', 'pages', '__typename'])

/** A number from 0 to below 1 that follows from a text (FNV-1a). */
export function chance(text: string): number {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return ((hash ^ (hash >>> 15)) >>> 0) / 4_294_967_296
}

/**
 * Resolves every field of every type from the type, the id and the arguments alone, so that any division into subgraphs
 * has the same answer.
 * @param possible the object types of an abstract type, the same everywhere.
 */
export function resolverOf(
  laws: () => Laws,
  possible: (name: string) => string[],
): GraphQLFieldResolver<unknown, unknown> {
  return (source, args, _, { fieldName, parentType, returnType }) => {
    const thing = isThing(source) ? source : { __typename: parentType.name, id: '0' }
    // Aliases must not matter, and arguments must.
    const { seed, failures } = laws()
    const name = rootOf(parentType.name)
    const place = `${seed} ${name} ${thing.id} ${fieldName} ${JSON.stringify(args)}`
    const mayFail = failures === 'any' || (failures === 'nullable' && !isNonNullType(returnType))
    if (mayFail && !NEVER_FAIL.has(fieldName) && chance(`fail ${place}`) < 0.06)
      throw new Error(`${name} ${thing.id} has no ${fieldName}`)
    return valueOf(returnType, place, fieldName, args, possible)
  }
}

/** What subgraphs know as one type may be several elsewhere: they are the same things. */
const ROOTS: Record<string, string> = { Car: 'Vehicle', Bike: 'Vehicle' }
const rootOf = (name: string) => ROOTS[name] ?? name

function isThing(source: unknown): source is Thing {
  return typeof source === 'object' && source !== null && 'id' in source && typeof source.id === 'string'
}

function valueOf(
  type: GraphQLOutputType,
  place: string,
  fieldName: string,
  args: Record<string, unknown>,
  possible: (name: string) => string[],
): unknown {
  const isNull = !isNonNullType(type) && !NEVER_FAIL.has(fieldName) && chance(`null ${place}`) < 0.12
  if (isNull) return null
  const nullable = getNullableType(type)
  if (isListType(nullable)) {
    const length = Math.floor(chance(`length ${place}`) * 4)
    return Array.from({ length }, (_, index) =>
      valueOf(nullable.ofType, `${place}.${index}`, fieldName, args, possible),
    )
  }
  if (isLeafType(nullable)) {
    if (isEnumType(nullable)) {
      const values = nullable
        .getValues()
        .map(({ name }) => name)
        .filter((name) => name !== 'SECRET')
      return values[Math.floor(chance(place) * values.length)]
    }
    return scalarOf(nullable.name, place)
  }
  const id = typeof args.id === 'string' ? args.id : String(Math.floor(chance(`id ${place}`) * IDS))
  return { __typename: isAbstractType(nullable) ? typeOfId(id, possible(nullable.name)) : nullable.name, id }
}

/** Which of several types the thing of an id is. */
export function typeOfId(id: string, names: string[]): string {
  return names[Math.floor(chance(`type ${id}`) * names.length)] ?? ''
}

const STRANGE = ['"quoted"', 'back\\slash', 'line\nbreak', 'snow ☃ and 😀', '\ud83d', '\u0001', '']

function scalarOf(name: string, place: string): unknown {
  const number = Math.floor(chance(place) * 1_000)
  switch (name) {
    case 'Int':
      return number
    case 'Float':
      return number / 8
    case 'Boolean':
      return number % 2 === 0
    case 'ID':
      return String(number % IDS)
    case 'String':
      return number < 100 ? (STRANGE[number % STRANGE.length] ?? '') : `text ${number}`
    default:
      return number < 500 ? { some: [number, null, 'json'] } : `custom ${number}`
  }
}

/** Gives every field of a schema the universe's resolver, and every abstract type a way to tell its objects. */
export function inhabit(schema: GraphQLSchema, resolve: GraphQLFieldResolver<unknown, unknown>): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__')) continue
    if (isAbstractType(type) && type.name !== '_Entity')
      type.resolveType = (value) => (isThing(value) ? value.__typename : undefined)
    if (isObjectType(type)) inhabitObject(type, resolve)
  }
}

function inhabitObject(type: GraphQLObjectType, resolve: GraphQLFieldResolver<unknown, unknown>): void {
  for (const field of Object.values(type.getFields())) {
    if (field.name === '_entities' || field.name === '_service') continue
    field.resolve = (source, args, context, info) => {
      if (field.name === 'id' && isThing(source)) return source.id
      return resolve(source, args, context, info)
    }
  }
}
