import {
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  Kind,
  TypeInfo,
  visit,
  visitWithTypeInfo,
  type ASTVisitor,
  type DocumentNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  type TypeNode,
} from 'graphql'

/**
 * What of a schema the operations of a document use, as schema coordinates (RFC of the GraphQL working group): `Type`,
 * `Type.field`, `Type.field(argument:)`, `Input.field`, `Enum.VALUE`, `@directive`; and `Parent>Type` for a fragment on
 * `Type` among the fields of `Parent`. A variable uses all that its type can hold: what is sent is not looked at.
 */
export function coordinatesOf(schema: GraphQLSchema, document: DocumentNode): Set<string> {
  const used = new Set<string>()
  const types = new TypeInfo(schema)
  const visitors = { ...outputVisitor(schema, document, types, used), ...inputVisitor(schema, types, used) }
  visit(document, visitWithTypeInfo(types, visitors))
  return used
}

function outputVisitor(schema: GraphQLSchema, document: DocumentNode, types: TypeInfo, used: Set<string>): ASTVisitor {
  const conditions = new Map(
    document.definitions.flatMap((each) =>
      each.kind === Kind.FRAGMENT_DEFINITION ? [[each.name.value, each.typeCondition.name.value]] : [],
    ),
  )
  function noteCondition(type: string | undefined): void {
    const parent = types.getParentType()
    if (!type) return
    used.add(type)
    if (!parent || parent.name === type) return
    used.add(`${parent.name}>${type}`)
    const condition = schema.getType(type)
    if (!isAbstractType(parent) || !isAbstractType(condition)) return
    // It leads somewhere as long as the two have a type in common.
    const common = schema.getPossibleTypes(parent).filter((each) => schema.isSubType(condition, each))
    for (const { name } of common) used.add(`${parent.name}>${name}`).add(`${type}>${name}`)
  }
  return {
    Field(node) {
      const parent = types.getParentType()
      const type = types.getType()
      if (!parent || !types.getFieldDef() || node.name.value.startsWith('__')) return
      // Whoever asks an interface asks each of its types.
      const asked = isInterfaceType(parent) ? schema.getPossibleTypes(parent) : []
      used.add(parent.name)
      for (const { name } of [parent, ...asked]) used.add(`${name}.${node.name.value}`)
      if (type) used.add(getNamedType(type).name)
    },
    InlineFragment: ({ typeCondition }) => noteCondition(typeCondition?.name.value),
    FragmentSpread: ({ name }) => noteCondition(conditions.get(name.value)),
    Directive: ({ name }) => void used.add(`@${name.value}`),
    Argument(node) {
      const [parent, field] = [types.getParentType(), types.getFieldDef()]
      if (types.getDirective() || !parent || !field || !types.getArgument()) return
      used.add(`${parent.name}.${field.name}(${node.name.value}:)`)
      noteType(types, used)
      if (isAbstractType(parent))
        for (const { name } of schema.getPossibleTypes(parent)) used.add(`${name}.${field.name}(${node.name.value}:)`)
    },
  }
}

function inputVisitor(schema: GraphQLSchema, types: TypeInfo, used: Set<string>): ASTVisitor {
  return {
    VariableDefinition({ type }) {
      const known = namedTypeOf(schema, type)
      if (known) noteWhole(known, used, new Set())
    },
    ObjectValue: () => noteType(types, used),
    ObjectField(node) {
      const parent = types.getParentInputType()
      if (parent) used.add(`${getNamedType(parent).name}.${node.name.value}`)
      noteType(types, used)
    },
    EnumValue(node) {
      const type = types.getInputType()
      if (type) used.add(getNamedType(type).name).add(`${getNamedType(type).name}.${node.value}`)
    },
  }
}

/** The type of the value that is being visited. */
function noteType(types: TypeInfo, used: Set<string>): void {
  const type = types.getInputType()
  if (type) used.add(getNamedType(type).name)
}

function namedTypeOf(schema: GraphQLSchema, type: TypeNode): GraphQLNamedType | undefined {
  return type.kind === Kind.NAMED_TYPE ? schema.getType(type.name.value) : namedTypeOf(schema, type.type)
}

/** An input type with all that it can hold. */
function noteWhole(type: GraphQLNamedType, used: Set<string>, seen: Set<string>): void {
  if (seen.has(type.name)) return
  seen.add(type.name)
  used.add(type.name)
  if (isEnumType(type)) for (const { name } of type.getValues()) used.add(`${type.name}.${name}`)
  if (!isInputObjectType(type)) return
  for (const field of Object.values(type.getFields())) {
    used.add(`${type.name}.${field.name}`)
    noteWhole(getNamedType(field.type), used, seen)
  }
}
