import { print } from 'graphql'
import { fieldsOf, namedTypeOf, objectTypesOf } from './definitions.ts'
import type { Rule } from './rule.ts'

/** The fields that the Relay specification asks of connections and edges, as they must look. */
const SHAPES: [suffix: string, field: string, looks: RegExp, example: string][] = [
  ['Connection', 'edges', /^\[\w+!?\]!?$/, '[…Edge!]!'],
  ['Connection', 'pageInfo', /^PageInfo!$/, 'PageInfo!'],
  ['Edge', 'node', /^\w+!?$/, 'an object'],
  ['Edge', 'cursor', /^String!$/, 'String!'],
]

/** Lists that go on are Relay connections: https://relay.dev/graphql/connections.htm */
export const relay: Rule = (document, report) => {
  for (const type of objectTypesOf(document)) {
    for (const [suffix, name, looks, example] of SHAPES) {
      if (!type.name.value.endsWith(suffix)) continue
      const field = type.fields?.find((each) => each.name.value === name)
      if (!field || !looks.test(print(field.type)))
        report(field ?? type, `${type.name.value} needs the field ${name}: ${example}.`)
    }
  }
  for (const { type, field } of fieldsOf(document)) {
    if (!namedTypeOf(field.type).endsWith('Connection')) continue
    const given = new Map((field.arguments ?? []).map((each) => [each.name.value, print(each.type)]))
    for (const [name, wanted] of [
      ['first', 'Int'],
      ['after', 'String'],
    ] as const)
      if (given.get(name)?.replace('!', '') !== wanted)
        report(
          field,
          `${type.name.value}.${field.name.value} gives a connection: it needs the argument ${name}: ${wanted}.`,
        )
  }
}
