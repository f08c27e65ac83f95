import type { Person } from '../support/people.ts'
import { place, stockedProduct } from '../support/shop.ts'
import type { TestGraph } from '../support/start-graph.ts'
import type { Things } from './operations.ts'

/** Somebody whose own texts all have a mark that nobody else's have. */
export interface Marked extends Person {
  mark: string
}

/** People with todos and orders of their own. */
export interface Crowd {
  people: Marked[]
  things: Things
  /** Whose each order is, by the mark. */
  orders: Map<string, string>
}

const CREATE_TODO = `mutation ($input: CreateTodoInput!) { createTodo(input: $input) { ... on CreateTodoSuccess { todo { id } } } }`

export async function createCrowd(graph: TestGraph, size: number): Promise<Crowd> {
  const admin = await graph.administrator()
  const products = await Promise.all(Array.from({ length: 5 }, () => stockedProduct(admin, 100_000)))
  const crowd: Crowd = { people: [], things: { users: [], todos: [], orders: [], products }, orders: new Map() }
  for (let number = 0; number < size; number++) {
    const someone = { ...(await graph.person()), mark: `mark${number}x` }
    const { createTodo } = await someone.data(CREATE_TODO, { input: { title: `${someone.mark} first` } })
    const { order } = await place(someone, [{ productId: products[number % products.length] ?? '' }])
    crowd.people.push(someone)
    crowd.things.users.push(someone.id)
    crowd.things.todos.push(createTodo.todo.id)
    crowd.things.orders.push(order.id)
    crowd.orders.set(order.id, someone.mark)
  }
  return crowd
}
