import { Kind } from 'graphql'
import { fieldsOf } from './definitions.ts'
import type { Rule } from './rule.ts'

/** A mutation that fails is null by itself: were it required, it would take what the others of its operation did with it. */
export const mutations: Rule = (document, report) => {
  for (const { type, field } of fieldsOf(document)) {
    if (type.name.value !== 'Mutation' || field.type.kind !== Kind.NON_NULL_TYPE) continue
    const name = `Mutation.${field.name.value}`
    report(field, `${name} must be nullable: a failure of it would take the answers of other mutations with it.`)
  }
}
