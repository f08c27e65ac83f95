import {
  getNullableType,
  isEnumType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isRequiredInputField,
  typeFromAST,
  type GraphQLInputType,
  type GraphQLSchema,
  type OperationDefinitionNode,
} from 'graphql'

/** An operation that is worth having ready. */
export interface Rehearsed {
  document: string
  name: string | undefined
}

/** Variables with which an operation could be sent: it is admitted with them, and never run. */
export function sampleVariables(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
): Record<string, unknown> {
  const required = variableDefinitions.flatMap(({ variable, type, defaultValue }) => {
    const declared = typeFromAST(schema, type)
    return declared && isInputType(declared) && isNonNullType(declared) && !defaultValue
      ? [[variable.name.value, sampleOf(declared)]]
      : []
  })
  return Object.fromEntries(required)
}

function sampleOf(type: GraphQLInputType): unknown {
  const nullable = getNullableType(type)
  if (isListType(nullable)) return []
  if (isEnumType(nullable)) return nullable.getValues()[0]?.name
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).filter(isRequiredInputField)
    return Object.fromEntries(fields.map((field) => [field.name, sampleOf(field.type)]))
  }
  return SCALARS[nullable.name] ?? 'sample'
}

const SCALARS: Record<string, unknown> = { Int: 1, Float: 1, Boolean: false }
