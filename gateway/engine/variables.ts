import {
  getVariableValues,
  GraphQLError,
  isNonNullType,
  isScalarType,
  typeFromAST,
  type GraphQLSchema,
  type VariableDefinitionNode,
} from 'graphql'
import { MOST_ERRORS } from '../limits/most-errors.ts'

/** The variables of a request as the operation sees them, or what is wrong with them. */
export type CoercedVariables = { values: Record<string, unknown> } | { errors: readonly GraphQLError[] }

/** Coerces the variables of one operation, with their defaults. */
export type Coerce = (sent: Record<string, unknown>) => CoercedVariables

const LARGEST_INT = 2_147_483_647

/** Values of these types are the same after coercion. */
const isPlain: Record<string, (value: unknown) => boolean> = {
  ID: (value) => typeof value === 'string',
  String: (value) => typeof value === 'string',
  Boolean: (value) => typeof value === 'boolean',
  Int: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= LARGEST_INT,
  Float: (value) => Number.isFinite(value),
}

/**
 * Most variables are plain scalars, for which a look is enough; as soon as one is not, graphql-js decides about all.
 */
export function coerceOf(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  conditions: string[],
): Coerce {
  const checks = definitions.map((definition) => ({
    name: definition.variable.name.value,
    isFine: conditions.includes(definition.variable.name.value)
      ? (value: unknown) => typeof value === 'boolean'
      : checkOf(schema, definition),
  }))
  return (sent) => {
    const isAllFine = checks.every(({ name, isFine }) => isFine(Object.hasOwn(sent, name) ? sent[name] : undefined))
    if (isAllFine) return { values: sent }
    // Each error holds the value that it is about: where that is much, the first one is enough, without the one that says
    // that there are more.
    const { coerced, errors = [] } = getVariableValues(schema, definitions, sent, { maxErrors: 1 })
    if (!coerced) return { errors: isLarge(sent) ? errors.slice(0, 1) : allErrors(schema, definitions, sent) }
    const undecided = conditions.find((name) => typeof coerced[name] !== 'boolean')
    return undecided === undefined ? { values: coerced } : { errors: [notACondition(undecided)] }
  }
}

/** From how many characters on variables are so much that each error is much work. */
const LARGE = 5_000

const isLarge = (sent: Record<string, unknown>) => JSON.stringify(sent).length > LARGE

/** As many as are told. */
function allErrors(
  schema: GraphQLSchema,
  definitions: readonly VariableDefinitionNode[],
  sent: Record<string, unknown>,
): readonly GraphQLError[] {
  const { errors = [] } = getVariableValues(schema, definitions, sent, { maxErrors: MOST_ERRORS })
  return errors.slice(0, MOST_ERRORS)
}

/** A nullable variable may stand for a condition if it has a default, and may be null all the same. */
function notACondition(name: string): GraphQLError {
  return new GraphQLError(`Variable "$${name}" must be true or false, since @skip or @include asks for it.`, {
    extensions: { code: 'BAD_USER_INPUT' },
  })
}

function checkOf(schema: GraphQLSchema, { type, defaultValue }: VariableDefinitionNode): (value: unknown) => boolean {
  const declared = typeFromAST(schema, type)
  const isRequired = isNonNullType(declared)
  const named = isRequired ? declared.ofType : declared
  const check = isScalarType(named) ? isPlain[named.name] : undefined
  return (value) => {
    if (value === undefined) return !isRequired && !defaultValue
    if (value === null) return !isRequired
    return check?.(value) ?? false
  }
}
