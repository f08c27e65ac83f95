import { afterAll, beforeAll, expect, test } from 'vitest'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
})
afterAll(() => graph[Symbol.asyncDispose]())

const CREATE = 'mutation { createTodo(input: { title: "Mine" }) { ... on CreateTodoSuccess { todo { id } } } }'
const NODES = `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on User { username } ... on Todo { title } ... on Product { sku } } }`

test('nodes of all subgraphs come in the order of their ids, with null for what is missing, foreign or no id', async () => {
  const [someone, other] = [await graph.person(), await graph.person()]
  const mine = (await someone.data(CREATE)).createTodo.todo.id
  const foreign = (await other.data(CREATE)).createTodo.todo.id
  const [product] = (await someone.data('{ products(first: 1) { nodes { id sku } } }')).products.nodes
  const ids = [
    mine,
    product.id,
    'todo_00000000000000000000000000',
    foreign,
    someone.id,
    'nonsense',
    '',
    'session_00000000000000000000000000',
    'TODO_X',
    mine,
  ]
  const { nodes } = await someone.data(NODES, { ids })
  expect(nodes).toEqual([
    { __typename: 'Todo', id: mine, title: 'Mine' },
    { __typename: 'Product', id: product.id, sku: product.sku },
    null,
    null,
    { __typename: 'User', id: someone.id, username: someone.username },
    null,
    null,
    null,
    null,
    { __typename: 'Todo', id: mine, title: 'Mine' },
  ])
})

test('a missing or foreign object is null even if only its id or type is asked for', async () => {
  const [someone, other] = [await graph.person(), await graph.person()]
  const { id } = (await someone.data(CREATE)).createTodo.todo
  for (const client of [other, graph.anonymous]) {
    expect(await client.data(`{ a: node(id: "${id}") { id } b: node(id: "${id}") { __typename } }`)).toEqual({
      a: null,
      b: null,
    })
  }
  expect(await other.data('{ node(id: "product_00000000000000000000000000") { id } }')).toEqual({ node: null })
  expect(await someone.data(`{ node(id: "${id}") { id } }`)).toEqual({ node: { id } })
})

test('a hundred nodes at once are allowed, and not one more', async () => {
  const ids = Array.from({ length: 101 }, () => 'nonsense')
  expect((await graph.anonymous.data(NODES, { ids: ids.slice(1) })).nodes).toHaveLength(100)
  const { status, errors } = await graph.anonymous.send(NODES, { ids })
  expect(status).toBe(400)
  expect(errors).toMatchObject([
    { message: 'ids must be at most 100, and are 101.', extensions: { code: 'BAD_USER_INPUT' } },
  ])
})
