import { randomUUID } from 'node:crypto'
import type { Random } from '../chaos/random.ts'

/** What random operations ask about. */
export interface Things {
  users: string[]
  todos: string[]
  orders: string[]
  products: string[]
}

/** An operation as a client sends it. */
export interface RandomOperation {
  query: string
  variables: Record<string, unknown>
  isMutation: boolean
}

const TODO = 'id title notes priority isCompleted owner { id username } version'
const ORDER = 'id number status total { amount } lines { quantity product { id name price { amount } } }'
const PRODUCT = 'id sku name price { amount currencyCode } isOnSale version availableQuantity'

/** Queries of all subgraphs that can be kept, each with all that it can show; `$first` and ids are chosen at random. */
const KEPT = [
  `query ($first: Int) { viewer { id username email role todos(first: $first) { nodes { ${TODO} } totalCount pageInfo { endCursor } } } }`,
  `query ($first: Int = 2) { viewer { todos(first: $first, orderBy: { field: TITLE, direction: ASC }) { edges { cursor node { id title } } } todoCounts { total open completed } } }`,
  `query ($first: Int) { viewer { email orders(first: $first) { nodes { ${ORDER} } totalCount } } }`,
  `{ viewer { todos { nodes { id title } } orders { nodes { id number lines { quantity product { id name } } } } } }`,
  `query ($todo: ID!) { todo(id: $todo) { ${TODO} } }`,
  `query ($order: ID!) { order(id: $order) { ${ORDER} } }`,
  `query ($user: ID!) { user(id: $user) { id username displayName email todos { nodes { title } } orders { nodes { id } } } }`,
  `query ($product: ID!) { product(id: $product) { ${PRODUCT} } viewer { email } }`,
  `query ($first: Int) { products(first: $first) { nodes { ${PRODUCT} } pageInfo { hasNextPage } } }`,
  `{ products(first: 20) { nodes { id name price { amount } availableQuantity } } }`,
  `query ($first: Int, $with: Boolean!) { products(first: $first) { nodes { name } } viewer @include(if: $with) { email todos { nodes { title } } } }`,
]

/** Queries of which something cannot be kept, and some that break a rule, or ask for what may not be seen. */
const ODD = [
  `query ($todo: ID!, $order: ID!, $product: ID!, $user: ID!) { nodes(ids: [$todo, $order, $product, $user]) { __typename id ... on Todo { title owner { email } } ... on Order { number } ... on Product { ${PRODUCT} } ... on User { username email } } }`,
  `query ($order: ID!, $todo: ID!) { a: node(id: $order) { ... on Order { ${ORDER} } } b: node(id: $todo) { ... on Todo { title } } }`,
  `{ viewer { todos { nodes { isOverdue title } } sessions { id isCurrent } } }`,
  `{ products(first: 1000) { nodes { name } } viewer { email } }`,
  `{ users(first: 3) { nodes { username email } } viewer { email } }`,
  `query ($user: ID!) { user(id: $user) { todos(first: 500) { nodes { title } } email } }`,
]

/** @param mark what every text of the viewer's own has */
const MUTATIONS: ((things: Things, random: Random, mark: string) => Omit<RandomOperation, 'isMutation'>)[] = [
  (_things, random, mark) => ({
    query: `mutation ($input: CreateTodoInput!) { createTodo(input: $input) { ... on CreateTodoSuccess { todo { ${TODO} } } } }`,
    variables: { input: { title: `${mark} ${random.between(1, 1_000)}` } },
  }),
  (things, random, mark) => ({
    query: `mutation ($input: UpdateTodoInput!) { updateTodo(input: $input) { __typename ... on UpdateTodoSuccess { todo { ${TODO} } } } }`,
    variables: { input: { id: random.pick(things.todos), title: `${mark} ${random.between(1, 1_000)}` } },
  }),
  (things, random) => ({
    query: `mutation ($input: CompleteTodoInput!) { completeTodo(input: $input) { __typename } }`,
    variables: { input: { id: random.pick(things.todos) } },
  }),
  (things, random) => ({
    query: `mutation ($input: PlaceOrderInput!) { placeOrder(input: $input) { __typename ... on PlaceOrderSuccess { order { ${ORDER} } } } }`,
    variables: {
      input: { idempotencyKey: randomUUID(), lines: [{ productId: random.pick(things.products), quantity: 1 }] },
    },
  }),
  (_things, random) => ({
    query: `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { __typename } }`,
    variables: { input: { displayName: `Name ${random.between(1, 1_000)}` } },
  }),
]

/** A query, or once in a while a change. @param changes how many of a thousand operations change something */
export function randomOperation(things: Things, random: Random, mark: string, changes: number): RandomOperation {
  if (random.between(1, 1_000) <= changes) return { ...random.pick(MUTATIONS)(things, random, mark), isMutation: true }
  const query = random.pick(random.between(1, 25) === 1 ? ODD : KEPT)
  const all: Record<string, unknown> = {
    first: random.between(1, 5),
    todo: random.pick(things.todos),
    order: random.pick(things.orders),
    user: random.pick(things.users),
    product: random.pick(things.products),
    with: random.between(0, 1) === 1,
  }
  const used = Object.entries(all).filter(([name]) => query.includes(`$${name}`))
  return { query, variables: Object.fromEntries(used), isMutation: false }
}
