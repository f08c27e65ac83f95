import { GraphQLError, GraphQLScalarType, Kind, type ValueNode } from 'graphql'

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

const RFC_3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt]([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)$/
const FIRST_INSTANT = Date.parse('0001-01-01T00:00:00Z')

/** An instant that exists: `2026-02-30` does not, though `Date` would make the 2nd of March of it. */
function parseInstant(text: string): Date | null {
  const [, year, month, day] = RFC_3339.exec(text) ?? []
  if (!year || !month || !day || Number(day) > daysOf(Number(year), Number(month))) return null
  const instant = new Date(text.toUpperCase())
  return instant.getTime() >= FIRST_INSTANT && instant.getUTCFullYear() <= 9999 ? instant : null
}

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate()
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
