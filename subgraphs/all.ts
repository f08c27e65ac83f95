import { StartError } from '../platform/process/start-error.ts'
import type { SubgraphDefinition } from '../platform/subgraph/definition.ts'
import type { SubgraphName } from '../schema/subgraphs.ts'
import { orders } from './orders/index.ts'
import { products } from './products/index.ts'
import { todos } from './todos/index.ts'
import { users } from './users/index.ts'

/** Every subgraph, by the name that it has in `schema/subgraphs.ts`. */
export const definitions: Record<SubgraphName, SubgraphDefinition> = {
  users,
  todos,
  products,
  orders,
}

/** The subgraph of a name. @throws StartError when it is only half added. */
export function definitionOf(name: SubgraphName): SubgraphDefinition {
  const definition: SubgraphDefinition | undefined = definitions[name]
  if (!definition) throw new StartError(`${name} is in schema/subgraphs.ts, and not in subgraphs/all.ts: add it there.`)
  return definition
}
