import {
  Kind,
  type DirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  type InterfaceTypeExtensionNode,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  type TypeNode,
} from 'graphql'

/** A type with fields that clients read. */
export type OutputType = ObjectType | InterfaceTypeDefinitionNode | InterfaceTypeExtensionNode

/** An object type, or what is added to one. */
export type ObjectType = ObjectTypeDefinitionNode | ObjectTypeExtensionNode

const isOutputType = (definition: DefinitionNode): definition is OutputType =>
  isObjectType(definition) ||
  definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
  definition.kind === Kind.INTERFACE_TYPE_EXTENSION

export const isObjectType = (definition: DefinitionNode): definition is ObjectType =>
  definition.kind === Kind.OBJECT_TYPE_DEFINITION || definition.kind === Kind.OBJECT_TYPE_EXTENSION

/** The object types of a document. */
export function objectTypesOf({ definitions }: DocumentNode): ObjectType[] {
  return definitions.filter(isObjectType)
}

/** The root types, by their names; this project renames none. */
export const ROOTS = new Set(['Query', 'Mutation'])

export function directiveOf(
  { directives = [] }: { directives?: readonly DirectiveNode[] | undefined },
  name: string,
): DirectiveNode | undefined {
  return directives.find((each) => each.name.value === name)
}

export const hasDirective = (node: { directives?: readonly DirectiveNode[] | undefined }, name: string) =>
  directiveOf(node, name) !== undefined

/** The name of a type, whatever is around it. */
export function namedTypeOf(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedTypeOf(type.type)
}

export function isList(type: TypeNode): boolean {
  return type.kind === Kind.LIST_TYPE || (type.kind === Kind.NON_NULL_TYPE && isList(type.type))
}

/** A field with the type that it is of. */
export interface FieldOfType {
  type: OutputType
  field: FieldDefinitionNode
}

export function fieldsOf(document: DocumentNode): FieldOfType[] {
  return document.definitions
    .filter(isOutputType)
    .flatMap((type) => (type.fields ?? []).map((field) => ({ type, field })))
}
