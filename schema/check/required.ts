import { ChangeType, type Change } from '@graphql-inspector/core'
import {
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  type GraphQLSchema,
} from 'graphql'

/** Whether a change takes a default away from what must be sent now: whoever left it out is refused. */
export function becomesRequired({ type, meta }: Change, now: GraphQLSchema): boolean {
  const told: Record<string, unknown> = meta
  if (type === ChangeType.InputFieldDefaultValueChanged) {
    const input = now.getType(String(told.inputName))
    const field = isInputObjectType(input) ? input.getFields()[String(told.inputFieldName)] : undefined
    return field !== undefined && isRequiredInputField(field)
  }
  if (type !== ChangeType.FieldArgumentDefaultChanged) return false
  const parent = now.getType(String(told.typeName))
  const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {}
  const argument = fields[String(told.fieldName)]?.args.find(({ name }) => name === told.argumentName)
  return argument !== undefined && isRequiredArgument(argument)
}
