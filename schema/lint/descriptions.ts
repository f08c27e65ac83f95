import { Kind, visit, type ASTNode, type NameNode, type StringValueNode } from 'graphql'
import type { Rule } from './rule.ts'

/** Everything that clients see says what it is. */
export const descriptions: Rule = (document, report) => {
  const check = (node: ASTNode & { name: NameNode; description?: StringValueNode | undefined }) => {
    if (!node.description?.value.trim()) report(node, `${node.name.value} has no description.`)
  }
  const visited = { enter: check }
  visit(document, {
    [Kind.OBJECT_TYPE_DEFINITION]: visited,
    [Kind.INTERFACE_TYPE_DEFINITION]: visited,
    [Kind.UNION_TYPE_DEFINITION]: visited,
    [Kind.ENUM_TYPE_DEFINITION]: visited,
    [Kind.INPUT_OBJECT_TYPE_DEFINITION]: visited,
    [Kind.SCALAR_TYPE_DEFINITION]: visited,
    [Kind.FIELD_DEFINITION]: visited,
    [Kind.INPUT_VALUE_DEFINITION]: visited,
    [Kind.ENUM_VALUE_DEFINITION]: visited,
  })
}
