import { directiveOf, hasDirective, objectTypesOf, ROOTS } from './definitions.ts'
import type { Rule } from './rule.ts'

const RULES = ['public', 'signedIn', 'owner', 'admin']
const SAY = `say who may read it: ${RULES.map((rule) => `@${rule}`).join(', ')}`

const hasRule = (node: Parameters<typeof hasDirective>[0]) => RULES.some((rule) => hasDirective(node, rule))

/**
 * Who may read it stands on every root field, and on every entity or each of its fields; without, it is refused when
 * somebody asks for it.
 */
export const access: Rule = (document, report) => {
  for (const type of objectTypesOf(document)) {
    const isRoot = ROOTS.has(type.name.value)
    const key = directiveOf(type, 'key')
    if (!isRoot && (!key || hasRule(type))) continue
    const keys = JSON.stringify(key?.arguments?.map(({ value }) => ('value' in value ? value.value : '')) ?? [])
    for (const field of type.fields ?? []) {
      const isKey = !isRoot && new RegExp(`\\b${field.name.value}\\b`).test(keys)
      if (!isKey && !hasRule(field)) report(field, `${type.name.value}.${field.name.value} has no access rule: ${SAY}.`)
    }
  }
}
