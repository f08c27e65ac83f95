import type { DocumentNode } from 'graphql'
import { placeOf, type Problem } from '../problems.ts'
import { access } from './access.ts'
import { costs } from './costs.ts'
import { descriptions } from './descriptions.ts'
import { mutations } from './mutations.ts'
import { names } from './names.ts'
import { relay } from './relay.ts'
import { requires } from './requires.ts'
import type { Rule } from './rule.ts'

/** Every rule, by the name that messages have for it. */
const rules: Record<string, Rule> = { access, costs, descriptions, mutations, names, relay, requires }

/** What breaks the rules of this house in some schema files, in the order of the files. */
export function lint(documents: DocumentNode[]): Problem[] {
  return documents.flatMap((document) => {
    const problems: Problem[] = []
    for (const [name, rule] of Object.entries(rules))
      rule(document, (node, message) => void problems.push({ ...placeOf(node), message: `${message} (${name})` }))
    return problems.sort((one, other) => one.line - other.line)
  })
}
