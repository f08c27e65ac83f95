import { getDirectiveValues, type GraphQLSchema } from 'graphql'

/** A definition that may carry directives. */
export interface Defined {
  astNode?: Parameters<typeof getDirectiveValues>[1] | null | undefined
}

/** The weight that `@cost` gives to a field, an argument, an input field or a type. */
export function weightIn(schema: GraphQLSchema, { astNode }: Defined): number | undefined {
  const directive = schema.getDirective('cost')
  const weight = directive && astNode ? getDirectiveValues(directive, astNode)?.weight : undefined
  return typeof weight === 'number' ? weight : undefined
}

/** What `@listSize` says of a field. */
export interface ListSize {
  assumedSize: number | undefined
  /** Arguments that say how many are asked for; composition sees to it that there are such. */
  slicingArguments: string[]
  /** Fields of the object that are the list, where the field itself is none. */
  sizedFields: string[]
  /** Whether exactly one of the slicing arguments has to be there. */
  isOneRequired: boolean
}

export function listSizeIn(schema: GraphQLSchema, { astNode }: Defined): ListSize | undefined {
  const directive = schema.getDirective('listSize')
  const stated = directive && astNode ? getDirectiveValues(directive, astNode) : undefined
  if (!stated) return undefined
  return {
    assumedSize: typeof stated.assumedSize === 'number' ? stated.assumedSize : undefined,
    slicingArguments: namesIn(stated.slicingArguments),
    sizedFields: namesIn(stated.sizedFields),
    isOneRequired: stated.requireOneSlicingArgument !== false,
  }
}

const namesIn = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])
