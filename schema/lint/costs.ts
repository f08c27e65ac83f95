import { Kind, type DocumentNode } from 'graphql'
import { fieldsOf, hasDirective, isList, namedTypeOf } from './definitions.ts'
import type { Rule } from './rule.ts'

/** What a request may cost is known before it runs: how long lists are, and what a change costs. */
export const costs: Rule = (document, report) => {
  const leaves = leavesOf(document)
  for (const { type, field } of fieldsOf(document)) {
    const name = `${type.name.value}.${field.name.value}`
    if (type.name.value === 'Mutation' && !hasDirective(field, 'cost'))
      report(field, `${name} does not say what it costs: give it @cost(weight: 10), or what fits.`)
    const isPage = type.name.value.endsWith('Connection')
    const isObjects = isList(field.type) && !leaves.has(namedTypeOf(field.type)) && !isPage
    const isConnection = namedTypeOf(field.type).endsWith('Connection')
    if ((isObjects || isConnection) && !hasDirective(field, 'listSize'))
      report(field, `${name} does not say how long it is: give it @listSize${isConnection ? '' : '(assumedSize: …)'}.`)
  }
}

/** Types without fields, which cost nothing. */
function leavesOf({ definitions }: DocumentNode): Set<string> {
  const own = definitions.flatMap((each) =>
    each.kind === Kind.ENUM_TYPE_DEFINITION || each.kind === Kind.SCALAR_TYPE_DEFINITION ? [each.name.value] : [],
  )
  return new Set(['ID', 'String', 'Int', 'Float', 'Boolean', 'CurrencyCode', 'DateTime', 'Decimal', ...own])
}
