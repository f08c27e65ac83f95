import { afterAll, beforeAll, expect, test } from 'vitest'
import { uuidOf } from '../../platform/ids.ts'
import { SIGN_IN } from '../support/people.ts'
import { place, stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

/** What the trail of a subgraph tells of somebody, in order. */
async function trailOf(subgraph: string, actorId: string | null) {
  return graph.database.sql(
    `select action, outcome, actor_role, subject from ${subgraph}.audit_trail
     where actor_id is not distinct from $1 order by id`,
    [actorId],
  )
}

const CREATE = `mutation ($input: CreateProductInput!) {
  createProduct(input: $input) { __typename ... on CreateProductSuccess { product { id } } }
}`
const RETIRE = 'mutation ($input: RetireProductInput!) { retireProduct(input: $input) { __typename } }'
const PRODUCT = { sku: 'AUDIT-1', name: 'Lamp', description: '', price: { amount: '1.00', currencyCode: 'EUR' } }

const CHANGE_PASSWORD = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }'

test('the life of an account is told: sign-ups, sign-ins, password changes, and what was refused', async () => {
  const person = await graph.person()
  const { email, password } = person
  await graph.anonymous.send(SIGN_IN, { input: { email, password } })
  await graph.anonymous.send(SIGN_IN, { input: { email, password: 'not the right one' } })
  await person.send(CHANGE_PASSWORD, {
    input: { currentPassword: 'not the right one', newPassword: 'a better password' },
  })
  await person.send(CHANGE_PASSWORD, { input: { currentPassword: password, newPassword: 'a better password' } })
  await person.send('mutation { signOut(input: {}) { __typename } }')
  const of = (action: string, outcome: string) => expect.objectContaining({ action, outcome })
  expect(await trailOf('users', uuidOf(person.id))).toEqual([
    of('signUp', 'done'),
    of('signIn', 'done'),
    of('signIn', 'refused'),
    of('changePassword', 'refused'),
    of('changePassword', 'done'),
    of('signOut', 'done'),
  ])
})

test('of guesses that are too many the first is told, and no other', async () => {
  const person = await graph.person()
  const before = (await trailOf('users', null)).length
  const wrong = { email: person.email, password: 'not the right one' }
  for (let count = 0; count < 15; count++) await graph.anonymous.send(SIGN_IN, { input: wrong })
  expect(await trailOf('users', null)).toHaveLength(before + 1)
  const guess = { currentPassword: 'not the right one', newPassword: 'a better password' }
  for (let count = 0; count < 15; count++) await person.send(CHANGE_PASSWORD, { input: guess })
  const told = (await trailOf('users', uuidOf(person.id))).map(({ action }) => action)
  expect(told).toEqual(['signUp', ...Array(10).fill('signIn'), ...Array(11).fill('changePassword')])
})

test('a sign-in to no account is told, and no secret or address of anybody is', async () => {
  const before = (await trailOf('users', null)).length
  await graph.anonymous.send(SIGN_IN, { input: { email: 'nobody@example.com', password: 'some secret words' } })
  const told = (await trailOf('users', null)).slice(before)
  expect(told).toMatchObject([{ action: 'signIn', outcome: 'refused' }])
  const all = JSON.stringify(await graph.database.sql('select * from users.audit_trail'))
  expect(all).not.toMatch(/@example\.com|secret|password"|correct horse/)
})

test('what was rolled back is not told', async () => {
  const person = await graph.person()
  const before = await graph.database.sql('select count(*) from users.audit_trail')
  const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { __typename } }'
  const input = { email: person.email, username: 'somebody_else', password: 'some secret words' }
  expect((await graph.anonymous.data(signUp, { input })).signUp.__typename).toBe('EmailTaken')
  expect(await graph.database.sql('select count(*) from users.audit_trail')).toEqual(before)
})

test('what cannot be told is not done', async () => {
  const person = await graph.person()
  await graph.database.sql(`create function refuse() returns trigger language plpgsql as
    $$ begin raise exception 'nothing is told'; end $$`)
  await graph.database.sql(`create trigger refused before insert on users.audit_trail execute function refuse()`)
  try {
    const change = 'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { __typename } }'
    const input = { currentPassword: person.password, newPassword: 'another good password' }
    expect((await person.send(change, { input })).errors).toHaveLength(1)
  } finally {
    await graph.database.sql('drop function refuse cascade')
  }
  const input = { email: person.email, password: person.password }
  expect((await graph.anonymous.data(SIGN_IN, { input })).signIn.__typename).toBe('SignInSuccess')
})

test('what an administrator changes is told with the change, and what somebody else is refused', async () => {
  const [admin, customer] = [await graph.administrator(), await graph.person()]
  const { product } = (await admin.data(CREATE, { input: PRODUCT })).createProduct
  await admin.data(RETIRE, { input: { id: product.id } })
  await admin.data('{ viewer { username } }')
  await admin.data(RETIRE, { input: { id: product.id } })
  await customer.send(RETIRE.replace('retireProduct(', 'viewer: retireProduct('), { input: { id: product.id } })
  await graph.anonymous.send(RETIRE, { input: { id: product.id } })
  expect(await trailOf('products', uuidOf(admin.id))).toEqual([
    { action: 'createProduct', outcome: 'done', actor_role: 'ADMIN', subject: null },
    { action: 'retireProduct', outcome: 'done', actor_role: 'ADMIN', subject: product.id },
  ])
  expect(await trailOf('products', uuidOf(customer.id))).toEqual([
    { action: 'retireProduct', outcome: 'refused', actor_role: 'CUSTOMER', subject: null },
  ])
  expect(await trailOf('products', null)).toEqual([])
})

test('what an administrator does to stock and to others’ orders is told, and what changes nothing is not', async () => {
  const [admin, buyer] = [await graph.administrator(), await graph.person()]
  const productId = await stockedProduct(admin, 5)
  const { order } = await place(buyer, [{ productId }])
  const cancel = 'mutation ($input: CancelOrderInput!) { cancelOrder(input: $input) { __typename } }'
  for (const _ of ['once', 'again']) await admin.data(cancel, { input: { id: order.id } })
  await admin.data('mutation { createTodo(input: { title: "mine" }) { __typename } }')
  expect(await trailOf('orders', uuidOf(admin.id))).toEqual([
    { action: 'adjustStock', outcome: 'done', actor_role: 'ADMIN', subject: productId },
    { action: 'cancelOrder', outcome: 'done', actor_role: 'ADMIN', subject: order.id },
  ])
  expect(await trailOf('todos', uuidOf(admin.id))).toEqual([])
  expect(await trailOf('orders', uuidOf(buyer.id))).toEqual([])
})

test.each(['users', 'todos', 'products', 'orders'])('the trail of %s is only added to', async (subgraph) => {
  for (const change of [
    `update ${subgraph}.audit_trail set action = 'nothing'`,
    `delete from ${subgraph}.audit_trail`,
    `truncate ${subgraph}.audit_trail`,
  ])
    await expect(graph.database.sql(change)).rejects.toThrow('the audit trail is only added to')
})
