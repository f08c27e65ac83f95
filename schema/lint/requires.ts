import { fieldsOf, hasDirective } from './definitions.ts'
import type { Rule } from './rule.ts'

/** The gateway computes `@requires` of a field with arguments wrongly: it takes one call's value for another's. */
export const requires: Rule = (document, report) => {
  for (const { type, field } of fieldsOf(document))
    if (hasDirective(field, 'requires') && field.arguments?.length)
      report(
        field,
        `${type.name.value}.${field.name.value} has arguments and @requires, which the gateway computes wrongly: take one of them away.`,
      )
}
