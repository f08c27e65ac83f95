import {
  getNamedType,
  isInputObjectType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
} from 'graphql'
import { listSizeIn } from '../../platform/graphql/cost/directives.ts'
import { isEntity } from '../../platform/graphql/access.ts'

/** What stands under the alias `it`, wherever that is. */
export function find(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null) return null
  if ('it' in value) return ([value.it].flat()[0] ?? null) as Record<string, unknown> | null
  return (
    Object.values(value)
      .map(find)
      .find((found) => found !== null) ?? null
  )
}

/** Every field that was asked for, so that none is left out of the walk. */
export const walked = new Set<string>()

export const selectionOf = (field: GraphQLField<unknown, unknown>, schema: GraphQLSchema) =>
  `{ value: ${field.name}${argumentsOf(field, schema)} ${allOf(field.type, schema)} }`

/** The arguments without which a field cannot be asked for. */
export function argumentsOf(field: GraphQLField<unknown, unknown>, schema: GraphQLSchema): string {
  const { isOneRequired, slicingArguments: [slicing] = [] } = listSizeIn(schema, field) ?? {}
  const needed = field.args.filter(
    ({ name, type, defaultValue }) =>
      (isOneRequired && name === slicing) || (isNonNullType(type) && defaultValue === undefined),
  )
  return needed.length > 0 ? `(${needed.map(({ name, type }) => `${name}: ${literalOf(type)}`).join(', ')})` : ''
}

/** All that there is below a type, as far as the entities that it leads to, which are walked by themselves. */
export function allOf(type: GraphQLOutputType, schema: GraphQLSchema): string {
  const named = getNamedType(type)
  if (isUnionType(named)) {
    // The members of a union may have fields of one name and several types: each is asked for under a name of its own.
    return `{ __typename ${named
      .getTypes()
      .map((member) => `... on ${member.name} ${fieldsOf(member, schema, `${member.name}_`)}`)
      .join(' ')} }`
  }
  if (!isObjectType(named)) return ''
  return isEntity(named) ? '{ __typename }' : fieldsOf(named, schema, '')
}

function fieldsOf(type: GraphQLObjectType, schema: GraphQLSchema, prefix: string): string {
  const fields = Object.values(type.getFields()).map((field) => {
    walked.add(`${type.name}.${field.name}`)
    return `${prefix && `${prefix}${field.name}: `}${field.name} ${allOf(field.type, schema)}`
  })
  return `{ ${fields.join(' ')} }`
}

/** A literal that an argument takes, whatever it does. */
export function literalOf(type: GraphQLInputType): string {
  const named = getNamedType(type)
  if (isInputObjectType(named)) {
    const fields = Object.values(named.getFields()).filter(
      (field) => isNonNullType(field.type) && field.defaultValue === undefined,
    )
    return `{ ${fields.map((field) => `${field.name}: ${literalOf(field.type)}`).join(', ')} }`
  }
  const literals: Record<string, string> = {
    Boolean: 'true',
    Int: '1',
    EmailAddress: '"a@example.com"',
    Decimal: '"1.00"',
    CurrencyCode: 'EUR',
  }
  return literals[named.name] ?? '"x"'
}
