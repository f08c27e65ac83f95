import { isEnumType, isSpecifiedScalarType, type GraphQLLeafType } from 'graphql'
import { quote } from './quote.ts'

/** Writes a value of a leaf type as JSON; undefined when it is none of that type. */
export type LeafWriter = (value: unknown) => string | undefined

/** The largest magnitude whose digits JavaScript writes without an exponent. */
const EXPONENTS_BEGIN = 1e21

const isInteger = (value: unknown): value is number =>
  Number.isInteger(value) && Math.abs(Number(value)) < EXPONENTS_BEGIN

const writers: Record<string, LeafWriter> = {
  String: (value) => (typeof value === 'string' ? quote(value) : undefined),
  ID: (value) => (typeof value === 'string' ? quote(value) : isInteger(value) ? String(value) : undefined),
  Int: (value) => (isInteger(value) ? String(value) : undefined),
  Float: (value) => (typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined),
  Boolean: (value) => (typeof value === 'boolean' ? String(value) : undefined),
}

/** What a subgraph sent of a custom scalar is passed on as it is: only the subgraph knows what it may be. */
const writeAnything: LeafWriter = (value) => (typeof value === 'string' ? quote(value) : JSON.stringify(value))

export function leafWriterOf(type: GraphQLLeafType): LeafWriter {
  if (isEnumType(type)) {
    const texts = new Map(type.getValues().map(({ name }) => [name, quote(name)]))
    return (value) => (typeof value === 'string' ? texts.get(value) : undefined)
  }
  return (isSpecifiedScalarType(type) && writers[type.name]) || writeAnything
}
