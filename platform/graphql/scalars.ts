import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'
import { parseInstant } from '../instant.ts'

/** Makes a scalar whose inputs are strings, read by `parse`; literals and variables follow the same rule. */
function stringScalar<Value>(
  name: string,
  parse: (text: string) => Value | null,
  serialize: (value: unknown) => string,
  expected: string,
) {
  const read = (value: unknown, node?: ValueNode) => {
    const parsed = typeof value === 'string' ? parse(value) : null
    if (parsed === null) throw new GraphQLError(`${name} must be ${expected}.`, node ? { nodes: node } : {})
    return parsed
  }
  return new GraphQLScalarType<Value, string>({
    name,
    serialize,
    parseValue: (value) => read(value),
    parseLiteral: (node) => read(node.kind === Kind.STRING ? node.value : undefined, node),
  })
}

const DECIMAL = /^-?\d{1,15}(\.\d{1,6})?$/
const EMAIL =
  /^[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]+@[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)*$/
const LONGEST_EMAIL = 254

const asText = (value: unknown) => String(value)

/** The scalars of the schema, by name. Rows hold a `Date` for `DateTime`, and text for the others. */
export const scalars = {
  DateTime: stringScalar(
    'DateTime',
    parseInstant,
    (value) => (value instanceof Date ? value.toISOString() : asText(value)),
    'an RFC 3339 date and time with offset, such as "2026-11-20T09:30:00Z", in the years 1 to 9999',
  ),
  Decimal: stringScalar(
    'Decimal',
    (text) => (DECIMAL.test(text) ? text : null),
    asText,
    'a decimal number as a string, such as "19.90", with up to 15 digits before and 6 after the point',
  ),
  EmailAddress: stringScalar(
    'EmailAddress',
    (text) => (text.length <= LONGEST_EMAIL && EMAIL.test(text) ? text : null),
    asText,
    `an e-mail address of at most ${LONGEST_EMAIL} characters`,
  ),
}
