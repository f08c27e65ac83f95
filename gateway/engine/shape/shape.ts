import {
  getNamedType,
  getNullableType,
  isCompositeType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  type GraphQLCompositeType,
  type GraphQLOutputType,
} from 'graphql'
import { isObject } from '../../../platform/json.ts'
import { readOwn, type Data } from '../own.ts'
import { collectFields, nameOfObject, type CollectedField, type Scope, type ShapeSource } from './collect-fields.ts'
import { leafWriterOf } from './leaves.ts'
import { describeElement, describeField, note, type Describe, type ShapeContext, type Writer } from './notes.ts'
import { LONG, LongList, ShortList } from './lists.ts'
import { quote } from './quote.ts'

/** Writes `data`, from what the subgraphs sent. */
export function shapeOf(source: ShapeSource, root: Scope): (data: Data, context: ShapeContext) => string {
  const write = writerOfObject(source, root.type, [root])
  return (data, context) => write(data, context) ?? 'null'
}

/** Writers of leaves are the same for all operations of a schema, and shared by them. */
function sharedLeafWriter(source: ShapeSource, type: GraphQLOutputType, parent: string): Writer {
  const key = `${String(type)} in ${parent}`
  const known = source.leaves.get(key)
  if (known) return known
  const writer = writerOf(source, type, null, describeField(parent))
  source.leaves.set(key, writer)
  return writer
}

/** @param field null for leaves, of which nothing more is asked. */
function writerOf(
  source: ShapeSource,
  type: GraphQLOutputType,
  field: CollectedField | null,
  describe: Describe,
): Writer {
  const nullable = getNullableType(type)
  const write = isListType(nullable)
    ? writerOfList(source, nullable.ofType, field)
    : isLeafType(nullable)
      ? writerOfLeaf(leafWriterOf(nullable), describe)
      : writerOfComposite(source, nullable, field, describe)
  if (!isNonNullType(type)) return write
  return (value, context) => {
    const text = write(value, context)
    if (text !== 'null') return text
    return note(context, `Cannot return null for non-nullable ${describe(context.path)}.`)
  }
}

function writerOfLeaf(write: (value: unknown) => string | undefined, describe: Describe): Writer {
  return (value, context) => {
    if (value === null || value === undefined) return 'null'
    const text = write(value)
    return text ?? note(context, `Invalid value found for ${describe(context.path)}.`)
  }
}

function writerOfList(source: ShapeSource, type: GraphQLOutputType, field: CollectedField | null): Writer {
  const write = writerOf(source, type, field, describeElement(String(getNullableType(type))))
  const holdsNull = !isNonNullType(type)
  return (value, context) => {
    if (value === null || value === undefined) return 'null'
    if (!Array.isArray(value)) return note(context, 'Invalid value found where a list should be.')
    const list = value.length > LONG ? new LongList() : new ShortList()
    let isInvalid = false
    const depth = context.path.push(0) - 1
    for (let index = 0; index < value.length; index++) {
      context.path[depth] = index
      const element = write(value[index], context)
      if (element === undefined && !holdsNull) isInvalid = true
      list.add(element ?? 'null')
    }
    context.path.pop()
    return isInvalid ? undefined : list.text
  }
}

function writerOfComposite(
  source: ShapeSource,
  type: GraphQLCompositeType,
  field: CollectedField | null,
  describe: Describe,
): Writer {
  const scopes = (field?.scopes ?? []).map((selectionSet) => ({ type, selectionSet }))
  return isObjectType(type)
    ? writerOfOneType(type.name, sharedObjectWriter(source, type, scopes), describe)
    : writerOfSeveralTypes(source, type, scopes, describe)
}

function sharedObjectWriter(source: ShapeSource, type: GraphQLCompositeType, scopes: Scope[]): Writer {
  const key = nameOfObject(source, type, scopes)
  const writer = source.objects.get(key) ?? writerOfObject(source, type, scopes)
  source.objects.set(key, writer)
  return writer
}

function writerOfOneType(name: string, write: Writer, describe: Describe): Writer {
  return (value, context) => {
    if (value === null || value === undefined) return 'null'
    if (!isObject(value)) return note(context, `Invalid value found for ${describe(context.path)}.`)
    if (typeof value.__typename === 'string' && value.__typename !== name) return noteTypename(context, describe)
    return write(value, context)
  }
}

/** Objects of a type that may be several: each by the type that the subgraph told, made ready when it is first met. */
function writerOfSeveralTypes(
  source: ShapeSource,
  type: GraphQLCompositeType,
  scopes: Scope[],
  describe: Describe,
): Writer {
  const writers = new Map<string, Writer>()
  function writerFor(name: string): Writer | undefined {
    const runtimeType = source.schema.getType(name)
    if (!isCompositeType(runtimeType)) return undefined
    const writer = sharedObjectWriter(source, runtimeType, scopes)
    writers.set(name, writer)
    return writer
  }
  return (value, context) => {
    if (value === null || value === undefined) return 'null'
    if (!isObject(value)) return note(context, `Invalid value found for ${describe(context.path)}.`)
    const name = typeof value.__typename === 'string' ? value.__typename : type.name
    const write = writers.get(name) ?? writerFor(name)
    return write ? write(value, context) : noteTypename(context, describe)
  }
}

const noteTypename = (context: ShapeContext, describe: Describe) =>
  note(context, `Invalid __typename found for object at ${describe(context.path)}.`)

/** One field of an object, ready to be written. */
interface FieldWriter {
  name: string
  /** `"name":`, after a comma where one is due. */
  label: string
  isNonNull: boolean
  write: Writer
}

function writerOfObject(source: ShapeSource, type: GraphQLCompositeType, scopes: Scope[]): Writer {
  const collected = [...collectFields(source, type, scopes)]
  return writerOfFields(collected.map(([name, field], index) => fieldWriter(source, type, name, field, index)))
}

/** In a function of its own, since closures share what their scope holds: the document would be kept with the fields. */
function writerOfFields(fields: FieldWriter[]): Writer {
  return (value, context) => {
    if (!isObject(value)) return 'null'
    let text = '{'
    for (const field of fields) {
      context.path.push(field.name)
      const written = field.write(readOwn(value, field.name), context)
      context.path.pop()
      if (written === undefined && field.isNonNull) return undefined
      text += field.label + (written ?? 'null')
    }
    return `${text}}`
  }
}

function fieldWriter(
  source: ShapeSource,
  type: GraphQLCompositeType,
  responseName: string,
  field: CollectedField,
  index: number,
): FieldWriter {
  const common = {
    name: responseName,
    label: `${index === 0 ? '' : ','}${quote(responseName)}:`,
  }
  if (field.name === '__typename') {
    // An object whose type is not known, but an interface of it, is none that a client could understand.
    const text = isObjectType(type) ? quote(type.name) : undefined
    return { ...common, isNonNull: true, write: () => text }
  }
  const declared = fieldType(type, field.name) ?? fieldType(field.parent, field.name)
  if (!declared) throw new Error(`${type.name}.${field.name} is asked for and not in the schema`)
  return {
    ...common,
    isNonNull: isNonNullType(declared),
    write: isLeafType(getNamedType(declared))
      ? sharedLeafWriter(source, declared, field.parent.name)
      : writerOf(source, declared, field, describeField(field.parent.name)),
  }
}

function fieldType(type: GraphQLCompositeType, name: string): GraphQLOutputType | undefined {
  return 'getFields' in type ? type.getFields()[name]?.type : undefined
}
