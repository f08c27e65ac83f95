import { graphql } from './gql/gql.ts'

export const SIGN_IN = graphql(`
  mutation SignIn($input: SignInInput!) {
    signIn(input: $input) {
      ... on SignInSuccess {
        tokens {
          accessToken
          refreshToken
        }
      }
      ... on Error {
        message
      }
    }
  }
`)

export const REFRESH_SESSION = graphql(`
  mutation RefreshSession($input: RefreshSessionInput!) {
    refreshSession(input: $input) {
      ... on RefreshSessionSuccess {
        tokens {
          accessToken
          refreshToken
        }
      }
      ... on Error {
        message
      }
    }
  }
`)

export const TODOS = graphql(`
  query Todos($first: Int!, $after: String) {
    viewer {
      id
      todos(first: $first, after: $after) {
        edges {
          cursor
          node {
            id
            title
            isCompleted
          }
        }
        pageInfo {
          hasNextPage
          endCursor
        }
      }
    }
  }
`)

export const COMPLETE_TODO = graphql(`
  mutation CompleteTodo($id: ID!) {
    completeTodo(input: { id: $id }) {
      ... on CompleteTodoSuccess {
        todo {
          id
          title
          isCompleted
          version
        }
      }
      ... on Error {
        message
      }
    }
  }
`)
