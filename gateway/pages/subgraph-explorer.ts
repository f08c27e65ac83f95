import { renderGraphiql } from './graphiql.ts'
import type { Viewer } from '../../platform/identity/viewer.ts'

/** Somebody as whom a subgraph can be explored. */
export interface Explorer {
  name: string
  viewer: Viewer | null
}

/** The header in which the page says as whom it asks. */
export const EXPLORE_AS_HEADER = 'x-explore-as'

/** GraphiQL for one subgraph by itself, as a chosen demo account. */
export function subgraphPage(subgraph: string, explorers: Explorer[]): Promise<string> {
  return renderGraphiql({
    title: `Subgraph ${subgraph}`,
    endpoint: `/subgraphs/${subgraph}`,
    defaultQuery: `# The subgraph ${subgraph} by itself, as the gateway sees it.
# Whom you explore it as is set under Headers, below: ${explorers.map(({ name }) => name).join(', ')}.
query Representation($representations: [_Any!]!) {
  _entities(representations: $representations) {
    __typename
  }
}
`,
    headers: JSON.stringify({ [EXPLORE_AS_HEADER]: explorers[0]?.name ?? 'nobody' }, null, 2),
  })
}
