import type { Rule } from '../../platform/graphql/access.ts'
import type { Person } from './people.ts'

/** An object of an entity, with the ways on which clients come to it: `test/<subgraph>/sample.ts`. */
export interface Sample {
  type: string
  /** Makes it, and gives its id. */
  create: (people: { owner: Person; administrator: Person }) => Promise<string>
  /** Queries with SELECTION in them, and the rule of who gets anywhere on them. */
  ways: (id: string) => { name: string; query: string; for: Rule }[]
}
