/* eslint-disable */
import * as types from './graphql.ts';
import type { TypedDocumentNode as DocumentNode } from '@graphql-typed-document-node/core';

/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      ... on SignInSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": typeof types.SignInDocument,
    "\n  mutation RefreshSession($input: RefreshSessionInput!) {\n    refreshSession(input: $input) {\n      ... on RefreshSessionSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": typeof types.RefreshSessionDocument,
    "\n  query Todos($first: Int!, $after: String) {\n    viewer {\n      id\n      todos(first: $first, after: $after) {\n        edges {\n          cursor\n          node {\n            id\n            title\n            isCompleted\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": typeof types.TodosDocument,
    "\n  mutation CompleteTodo($id: ID!) {\n    completeTodo(input: { id: $id }) {\n      ... on CompleteTodoSuccess {\n        todo {\n          id\n          title\n          isCompleted\n          version\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": typeof types.CompleteTodoDocument,
};
const documents: Documents = {
    "\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      ... on SignInSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": types.SignInDocument,
    "\n  mutation RefreshSession($input: RefreshSessionInput!) {\n    refreshSession(input: $input) {\n      ... on RefreshSessionSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": types.RefreshSessionDocument,
    "\n  query Todos($first: Int!, $after: String) {\n    viewer {\n      id\n      todos(first: $first, after: $after) {\n        edges {\n          cursor\n          node {\n            id\n            title\n            isCompleted\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n": types.TodosDocument,
    "\n  mutation CompleteTodo($id: ID!) {\n    completeTodo(input: { id: $id }) {\n      ... on CompleteTodoSuccess {\n        todo {\n          id\n          title\n          isCompleted\n          version\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n": types.CompleteTodoDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 *
 *
 * @example
 * ```ts
 * const query = graphql(`query GetUser($id: ID!) { user(id: $id) { name } }`);
 * ```
 *
 * The query argument is unknown!
 * Please regenerate the types.
 */
export function graphql(source: string): unknown;

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      ... on SignInSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation SignIn($input: SignInInput!) {\n    signIn(input: $input) {\n      ... on SignInSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation RefreshSession($input: RefreshSessionInput!) {\n    refreshSession(input: $input) {\n      ... on RefreshSessionSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation RefreshSession($input: RefreshSessionInput!) {\n    refreshSession(input: $input) {\n      ... on RefreshSessionSuccess {\n        tokens {\n          accessToken\n          refreshToken\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  query Todos($first: Int!, $after: String) {\n    viewer {\n      id\n      todos(first: $first, after: $after) {\n        edges {\n          cursor\n          node {\n            id\n            title\n            isCompleted\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"): (typeof documents)["\n  query Todos($first: Int!, $after: String) {\n    viewer {\n      id\n      todos(first: $first, after: $after) {\n        edges {\n          cursor\n          node {\n            id\n            title\n            isCompleted\n          }\n        }\n        pageInfo {\n          hasNextPage\n          endCursor\n        }\n      }\n    }\n  }\n"];
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "\n  mutation CompleteTodo($id: ID!) {\n    completeTodo(input: { id: $id }) {\n      ... on CompleteTodoSuccess {\n        todo {\n          id\n          title\n          isCompleted\n          version\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"): (typeof documents)["\n  mutation CompleteTodo($id: ID!) {\n    completeTodo(input: { id: $id }) {\n      ... on CompleteTodoSuccess {\n        todo {\n          id\n          title\n          isCompleted\n          version\n        }\n      }\n      ... on Error {\n        message\n      }\n    }\n  }\n"];

export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}

export type DocumentType<TDocumentNode extends DocumentNode<any, any>> = TDocumentNode extends DocumentNode<  infer TType,  any>  ? TType  : never;