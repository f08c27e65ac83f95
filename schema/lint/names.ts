import { Kind, visit, type NameNode } from 'graphql'
import type { Rule } from './rule.ts'

const PASCAL = { pattern: /^[A-Z][A-Za-z0-9]*$/, looks: 'PascalCase' }
const CAMEL = { pattern: /^[a-z][A-Za-z0-9]*$/, looks: 'camelCase' }
const CONSTANT = { pattern: /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/, looks: 'CONSTANT_CASE' }

/** Types are in PascalCase, fields and arguments in camelCase, enum values in CONSTANT_CASE. */
export const names: Rule = (document, report) => {
  const check = (name: NameNode, { pattern, looks }: typeof PASCAL) => {
    if (!pattern.test(name.value)) report(name, `${name.value} should be in ${looks}.`)
  }
  const type = { enter: ({ name }: { name: NameNode }) => check(name, PASCAL) }
  visit(document, {
    [Kind.OBJECT_TYPE_DEFINITION]: type,
    [Kind.INTERFACE_TYPE_DEFINITION]: type,
    [Kind.UNION_TYPE_DEFINITION]: type,
    [Kind.ENUM_TYPE_DEFINITION]: type,
    [Kind.INPUT_OBJECT_TYPE_DEFINITION]: type,
    [Kind.SCALAR_TYPE_DEFINITION]: type,
    FieldDefinition: ({ name }) => check(name, CAMEL),
    InputValueDefinition: ({ name }) => check(name, CAMEL),
    EnumValueDefinition: ({ name }) => check(name, CONSTANT),
  })
}
