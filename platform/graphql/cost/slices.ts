import type { FieldNode, GraphQLField } from 'graphql'
import type { ListSize } from './directives.ts'
import { at, dependingOn, type Price, type Variables } from './price.ts'

/** How long a list is taken to be whose size nobody stated. */
export const UNSTATED = 10
/** The argument that asks for objects by their ids: there are no more of them. `@listSize` can name numbers alone. */
const IDS = 'ids'

/** How long a list is that a field of an operation asks for: the largest of the sizes that are told, or the assumed one. */
export function sizeOf(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  { slicingArguments, assumedSize = UNSTATED }: ListSize,
): Price {
  return largest(
    [...slicingArguments, IDS].map((name) => sliceOf(field, node, name)),
    assumedSize,
  )
}

/** The size that an argument tells by its value or default; NaN where it tells none. */
function sliceOf({ args }: GraphQLField<unknown, unknown>, node: FieldNode, name: string): Price {
  const read = (value: unknown = args.find((each) => each.name === name)?.defaultValue) => lengthIn(value)
  const given = node.arguments?.find((each) => each.name.value === name)
  return given ? dependingOn(given.value, read) : read()
}

/** A number of objects, or as many as there are ids. */
function lengthIn(value: unknown): number {
  if (Array.isArray(value)) return value.length
  return typeof value === 'number' ? value : NaN
}

function largest(slices: Price[], assumed: number): Price {
  const read = (variables: Variables) => {
    const told = slices.map((slice) => at(slice, variables)).filter((size) => !Number.isNaN(size))
    return Math.max(0, ...(told.length > 0 ? told : [assumed]))
  }
  return slices.every((slice) => typeof slice === 'number') ? read({}) : read
}
