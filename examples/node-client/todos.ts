import type { ApolloClient } from '@apollo/client'
import { COMPLETE_TODO, TODOS } from './operations.ts'

export interface Todo {
  id: string
  title: string
  isCompleted: boolean
}

/** All todos of whoever is signed in, page after page; one caller at a time, since the list in the cache has one end. */
export async function allTodos(client: ApolloClient, pageSize: number): Promise<Todo[]> {
  let after: string | null = null
  do after = await loadPage(client, pageSize, after)
  while (after !== null)
  return todosInCache(client, pageSize)
}

/** Adds a page to what is in the cache; gives the cursor of the next one, or null when there is none. */
async function loadPage(client: ApolloClient, first: number, after: string | null): Promise<string | null> {
  const { data } = await client.query({ query: TODOS, variables: { first, after }, fetchPolicy: 'network-only' })
  const page = data?.viewer?.todos?.pageInfo
  return page?.hasNextPage ? (page.endCursor ?? null) : null
}

/** What the client knows of todos now, without asking. */
export function todosInCache(client: ApolloClient, pageSize: number): Todo[] {
  // With what is not confirmed yet.
  const known = client.readQuery({ query: TODOS, variables: { first: pageSize } }, true)
  return known?.viewer?.todos?.edges.map(({ node }) => node) ?? []
}

/** Marks a todo as done: shown at once, and put back if it fails. */
export async function complete(client: ApolloClient, { id, title }: Todo): Promise<void> {
  const { data } = await client.mutate({
    mutation: COMPLETE_TODO,
    variables: { id },
    optimisticResponse: {
      completeTodo: {
        __typename: 'CompleteTodoSuccess',
        todo: { __typename: 'Todo', id, title, isCompleted: true, version: 0 },
      },
    },
  })
  const result = data?.completeTodo
  if (result?.__typename !== 'CompleteTodoSuccess') throw new Error(result?.message ?? 'the todo was not completed')
}
