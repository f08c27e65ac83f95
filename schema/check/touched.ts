import { ChangeType, type Change } from '@graphql-inspector/core'

/** What operations must use of the old schema to be broken by a change; null when everyone is. */
export type Touched = string[] | null

/** What each kind of breaking change touches, as coordinates of `platform/graphql/coordinates.ts`. */
export function touchedBy({ type, path = '', meta }: Change): Touched {
  const told: Record<string, unknown> = meta
  const at = (name: string) => String(told[name])
  const field = `${at('typeName')}.${at('fieldName')}`
  switch (type) {
    case ChangeType.TypeRemoved:
      return [at('removedTypeName')]
    case ChangeType.TypeKindChanged:
      return [at('typeName')]
    case ChangeType.FieldRemoved:
      return [`${at('typeName')}.${at('removedFieldName')}`]
    case ChangeType.FieldTypeChanged:
      return [field]
    case ChangeType.FieldArgumentAdded:
      // Whoever asks for the field does not send what it now needs.
      return [field]
    case ChangeType.FieldArgumentRemoved:
      return [`${field}(${at('removedFieldArgumentName')}:)`]
    case ChangeType.FieldArgumentTypeChanged:
      return isNewlyRequired(at('oldArgumentType'), at('newArgumentType'))
        ? [field]
        : [`${field}(${at('argumentName')}:)`]
    case ChangeType.InputFieldRemoved:
      return [`${at('inputName')}.${at('removedFieldName')}`]
    case ChangeType.InputFieldAdded:
      return [at('inputName')]
    case ChangeType.InputFieldTypeChanged:
      return isNewlyRequired(at('oldInputFieldType'), at('newInputFieldType'))
        ? [at('inputName')]
        : [`${at('inputName')}.${at('inputFieldName')}`]
    case ChangeType.EnumValueRemoved:
      return [`${at('enumName')}.${at('removedEnumValueName')}`]
    case ChangeType.UnionMemberRemoved:
      return bothWays(at('unionName'), at('removedUnionMemberTypeName'))
    case ChangeType.ObjectTypeInterfaceRemoved:
      return bothWays(at('removedInterfaceName'), at('objectTypeName'))
    case ChangeType.FieldArgumentDefaultChanged:
      return [field]
    case ChangeType.InputFieldDefaultValueChanged:
      return [at('inputName')]
    case ChangeType.DirectiveUsageInputObjectAdded:
      return [at('inputObjectName')]
    default:
      return path.startsWith('@') ? [path.split('.')[0] ?? path] : null
  }
}

/** A fragment on either of two types among the fields of the other. */
const bothWays = (one: string, other: string) => [`${one}>${other}`, `${other}>${one}`]

const isNewlyRequired = (before: string, after: string) => after.endsWith('!') && !before.endsWith('!')
