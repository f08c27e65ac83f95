import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ApolloClient, ApolloLink, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client'
import { SetContextLink } from '@apollo/client/link/context'
import { ErrorLink } from '@apollo/client/link/error'
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries'
import { relayStylePagination } from '@apollo/client/utilities'
import { generatePersistedQueryIdsFromManifest } from '@apollo/persisted-query-lists'
import { from, switchMap } from 'rxjs'
import abstract from './gql/possible-types.ts'
import type { Session } from './session.ts'

/** A client that sends the ids of its operations, adds pages to lists, and refreshes the session when it has ended. */
export function createClient(url: string, session: Session): ApolloClient {
  const client: ApolloClient = new ApolloClient({
    clientAwareness: { name: 'node-client', version: '1.0.0' },
    cache: new InMemoryCache({
      typePolicies: { User: { fields: { todos: relayStylePagination() } } },
      possibleTypes: abstract.possibleTypes,
    }),
    link: ApolloLink.from([
      refreshing(session, () => client),
      new SetContextLink(({ headers }) => ({ headers: { ...headers, ...authorization(session) } })),
      new PersistedQueryLink(generatePersistedQueryIdsFromManifest({ loadManifest })),
      new HttpLink({ uri: url }),
    ]),
  })
  return client
}

const authorization = ({ accessToken }: Session) => (accessToken ? { authorization: `Bearer ${accessToken}` } : {})

/** An access token that has ended is refused once; with the next one the operation is sent again. */
function refreshing(session: Session, client: () => ApolloClient): ErrorLink {
  return new ErrorLink(({ error, operation, forward }) => {
    const hasEnded =
      CombinedGraphQLErrors.is(error) && error.errors.some((each) => each.extensions?.code === 'UNAUTHENTICATED')
    const { headers, isAgain } = operation.getContext()
    // Refreshing itself is sent without a token.
    if (!hasEnded || !headers?.authorization || isAgain) return undefined
    operation.setContext({ isAgain: true })
    return from(session.refresh(client())).pipe(switchMap(() => forward(operation)))
  })
}

/** What `npm run operations -- examples/node-client` wrote. */
async function loadManifest() {
  return JSON.parse(await readFile(join(import.meta.dirname, 'persisted-query-manifest.json'), 'utf8'))
}
