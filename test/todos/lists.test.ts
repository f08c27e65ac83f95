import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let someone: Person
const priorities = ['LOW', 'NORMAL', 'HIGH', 'URGENT']

beforeAll(async () => {
  graph = await startGraph()
  someone = await graph.person()
  for (let index = 0; index < 25; index++) {
    const input = {
      title: `Todo ${String(index).padStart(2, '0')}${index % 5 === 0 ? ' 100% sure' : ''}`,
      notes: index % 7 === 0 ? 'A Needle in notes' : null,
      priority: priorities[index % 4],
      dueAt: index % 3 === 0 ? null : new Date(Date.UTC(2030, 0, 1 + (index % 6))).toISOString(),
    }
    await someone.data('mutation ($input: CreateTodoInput!) { createTodo(input: $input) { __typename } }', { input })
  }
})
afterAll(() => graph[Symbol.asyncDispose]())

const LIST = `query ($first: Int, $after: String, $last: Int, $before: String, $filter: TodoFilter, $orderBy: TodoOrder! = { field: CREATED_AT, direction: DESC }) {
  viewer { todos(first: $first, after: $after, last: $last, before: $before, filter: $filter, orderBy: $orderBy) {
    totalCount edges { cursor node { id } } nodes { id title priority dueAt }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`

interface Listed {
  totalCount: number
  edges: { cursor: string; node: { id: string } }[]
  nodes: { id: string; title: string; priority: string; dueAt: string | null }[]
  pageInfo: { hasNextPage: boolean; hasPreviousPage: boolean; startCursor: string; endCursor: string }
}
const list = async (variables: Record<string, unknown>): Promise<Listed> =>
  (await someone.data(LIST, variables)).viewer.todos

const orders = ['CREATED_AT', 'DUE_AT', 'PRIORITY'].flatMap((field) =>
  ['ASC', 'DESC'].map((direction) => ({ field, direction })),
)

test.each(orders)(
  'walking a list by $field $direction shows each todo once, forwards and backwards',
  async (orderBy) => {
    const all = (await list({ first: 100, orderBy })).nodes.map(({ id }) => id)
    expect(new Set(all).size).toBe(25)

    const forwards: string[] = []
    for (
      let page = await list({ first: 7, orderBy });
      ;
      page = await list({ first: 7, after: page.pageInfo.endCursor, orderBy })
    ) {
      expect(page.pageInfo.hasPreviousPage).toBe(forwards.length > 0)
      forwards.push(...page.nodes.map(({ id }) => id))
      expect(page.pageInfo.hasNextPage).toBe(forwards.length < 25)
      if (!page.pageInfo.hasNextPage) break
    }
    expect(forwards).toEqual(all)

    const backwards: string[] = []
    for (
      let page = await list({ last: 7, orderBy });
      ;
      page = await list({ last: 7, before: page.pageInfo.startCursor, orderBy })
    ) {
      expect(page.pageInfo.hasNextPage).toBe(backwards.length > 0)
      backwards.unshift(...page.nodes.map(({ id }) => id))
      expect(page.pageInfo.hasPreviousPage).toBe(backwards.length < 25)
      if (!page.pageInfo.hasPreviousPage) break
    }
    expect(backwards).toEqual(all)
  },
)

test('a page between two cursors shows what is between, and knows what is on both sides', async () => {
  const { edges } = await list({ first: 100 })
  const page = await list({ first: 100, after: edges[4]?.cursor, before: edges[10]?.cursor })
  expect(page.nodes.map(({ id }) => id)).toEqual(edges.slice(5, 10).map(({ node }) => node.id))
  expect(page.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: true })
  const last = await list({ last: 2, after: edges[4]?.cursor, before: edges[10]?.cursor })
  expect(last.nodes.map(({ id }) => id)).toEqual(edges.slice(8, 10).map(({ node }) => node.id))
  const nothing = await list({ first: 5, after: edges[24]?.cursor })
  expect(nothing).toMatchObject({
    nodes: [],
    pageInfo: { hasNextPage: false, hasPreviousPage: true, startCursor: null, endCursor: null },
  })
})

test('pages have 20 todos unless told otherwise, newest first', async () => {
  const { nodes, totalCount } = await list({})
  expect(nodes.map(({ title }) => title.slice(0, 7))).toEqual(
    Array.from({ length: 20 }, (_, index) => `Todo ${String(24 - index).padStart(2, '0')}`),
  )
  expect(totalCount).toBe(25)
})

test('todos without a due date come last in either direction', async () => {
  for (const direction of ['ASC', 'DESC']) {
    const dates = (await list({ first: 100, orderBy: { field: 'DUE_AT', direction } })).nodes.map(({ dueAt }) => dueAt)
    const dated = dates.filter((date) => date !== null)
    expect(dates.slice(dated.length).every((date) => date === null)).toBe(true)
    expect(dated).toEqual(direction === 'ASC' ? dated.toSorted() : dated.toSorted().toReversed())
  }
})

test('priorities are sorted by what they mean, not by their letters', async () => {
  const { nodes } = await list({ first: 100, orderBy: { field: 'PRIORITY', direction: 'DESC' } })
  expect(nodes.map(({ priority }) => priority)).toEqual(
    nodes.map(({ priority }) => priority).toSorted((a, b) => priorities.indexOf(b) - priorities.indexOf(a)),
  )
})

test('filters narrow the list and its count', async () => {
  const filtered = async (filter: object) => {
    const { nodes, totalCount } = await list({ first: 100, filter })
    expect(totalCount).toBe(nodes.length)
    return nodes
  }
  expect(
    (await filtered({ priorities: ['HIGH', 'URGENT'] })).every(({ priority }) => ['HIGH', 'URGENT'].includes(priority)),
  ).toBe(true)
  expect(await filtered({ priorities: [] })).toEqual([])
  expect(
    (await filtered({ dueBefore: '2030-01-03T00:00:00Z' })).every(
      ({ dueAt }) => dueAt !== null && dueAt < '2030-01-03',
    ),
  ).toBe(true)
  expect(await filtered({ search: 'nEEDLE' })).toHaveLength(4)
  expect(await filtered({ search: '0% S' })).toHaveLength(5)
  expect(await filtered({ search: 'T_do' })).toHaveLength(0)
  expect(await filtered({ isCompleted: true })).toHaveLength(0)
  expect(await filtered({ isCompleted: false, priorities: null, search: '' })).toHaveLength(25)
})

test('a list goes on where it was although todos come and go meanwhile', async () => {
  const person = await graph.person()
  const create = (title: string) =>
    person.data(`mutation { createTodo(input: { title: "${title}" }) { ... on CreateTodoSuccess { todo { id } } } }`)
  for (const title of ['a', 'b', 'c', 'd']) await create(title)
  const page = (after: string | null) =>
    person.data(
      `query ($after: String) { viewer { todos(first: 2, after: $after) { nodes { id title } pageInfo { endCursor } } } }`,
      { after },
    )
  const first = (await page(null)).viewer.todos
  await create('e')
  await person.data(`mutation { deleteTodo(input: { id: "${first.nodes[1].id}" }) { __typename } }`)
  expect(
    (await page(first.pageInfo.endCursor)).viewer.todos.nodes.map(({ title }: { title: string }) => title),
  ).toEqual(['b', 'a'])
})
