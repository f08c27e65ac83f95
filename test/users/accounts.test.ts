import { afterAll, beforeAll, expect, test } from 'vitest'
import { idOf } from '../../platform/ids.ts'
import { eventually } from '../support/eventually.ts'
import { SIGN_IN } from '../support/people.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

/** Somebody whose todos a second effect of an event would delete. */
const LATER = '00000000-0000-7000-8000-000000000000'

const UPDATE = `mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) {
  __typename ... on UpdateProfileSuccess { user { username displayName } } ... on InvalidInput { fields { path } } } }`
const DELETE = `mutation ($password: String!) { deleteAccount(input: { password: $password }) {
  __typename ... on DeleteAccountSuccess { deletedUserId } } }`

test('nobody is the viewer while nobody is signed in', async () => {
  expect(await graph.anonymous.data('{ viewer { id } }')).toEqual({ viewer: null })
})

test('a profile changes in what is given, and in nothing else', async () => {
  const someone = await graph.person()
  expect((await someone.data(UPDATE, { input: { displayName: 'Some One' } })).updateProfile.user).toEqual({
    username: someone.username,
    displayName: 'Some One',
  })
  const renamed = `${someone.username}_2`
  expect((await someone.data(UPDATE, { input: { username: renamed } })).updateProfile.user).toEqual({
    username: renamed,
    displayName: 'Some One',
  })
  expect((await someone.data(`{ userByUsername(username: "${renamed}") { id } }`)).userByUsername).toEqual({
    id: someone.id,
  })
})

test('a taken or malformed username is refused', async () => {
  const [someone, other] = [await graph.person(), await graph.person()]
  expect((await someone.data(UPDATE, { input: { username: other.username } })).updateProfile.__typename).toBe(
    'UsernameTaken',
  )
  expect((await someone.data(UPDATE, { input: { username: 'No!', displayName: '' } })).updateProfile.fields).toEqual([
    { path: ['username'] },
    { path: ['displayName'] },
  ])
})

test('names of others can be seen, and nothing else of them', async () => {
  const [someone, other] = [await graph.person(), await graph.person()]
  const { user } = await someone.data(
    `{ user(id: "${other.id}") { username displayName email role sessions { id } todos { nodes { id } } todoCounts { total } } }`,
  )
  expect(user).toEqual({
    username: other.username,
    displayName: other.username,
    email: null,
    role: null,
    sessions: null,
    todos: null,
    todoCounts: null,
  })
})

test('administrators page through all users, newest first, and search them', async () => {
  await using own = await startGraph()
  const people = [await own.person(), await own.person(), await own.person()]
  const admin = await own.administrator()
  const newestFirst = [admin, ...people.toReversed()].map(({ username }) => username)
  const page = `query ($first: Int, $after: String, $search: String) { users(first: $first, after: $after, search: $search) {
    totalCount nodes { username } pageInfo { hasNextPage hasPreviousPage endCursor } } }`
  const first = (await admin.data(page, { first: 3 })).users
  expect(first).toMatchObject({ totalCount: 4, pageInfo: { hasNextPage: true, hasPreviousPage: false } })
  const second = (await admin.data(page, { first: 3, after: first.pageInfo.endCursor })).users
  expect(second.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  expect([...first.nodes, ...second.nodes].map(({ username }) => username)).toEqual(newestFirst)
  const found = (await admin.data(page, { search: people[1]?.username.toUpperCase() })).users
  expect(found.nodes).toEqual([{ username: people[1]?.username }])
  expect((await admin.data(page, { search: '%' })).users.nodes).toEqual([])
})

test('a deleted account takes its sessions and todos with it', async () => {
  const [someone, admin] = [await graph.person(), await graph.administrator()]
  const { createTodo } = await someone.data(
    'mutation { createTodo(input: { title: "Mine" }) { ... on CreateTodoSuccess { todo { id } } } }',
  )
  expect((await someone.data(DELETE, { password: 'not the password' })).deleteAccount.__typename).toBe(
    'InvalidCredentials',
  )
  await graph.anonymous.data(SIGN_IN, { input: { email: someone.email, password: 'not the password' } })
  const attempts = () =>
    graph.database.sql(`select subject from users.sign_in_failures where subject like '%' || $1`, [someone.email])
  expect(await attempts()).toHaveLength(2)
  expect((await someone.data(DELETE, { password: someone.password })).deleteAccount).toMatchObject({
    deletedUserId: someone.id,
  })
  expect(await attempts()).toEqual([])
  expect((await someone.send('{ viewer { id } }')).status).toBe(401)
  expect(
    (await graph.anonymous.data(SIGN_IN, { input: { email: someone.email, password: someone.password } })).signIn
      .__typename,
  ).toBe('InvalidCredentials')
  expect(await admin.data(`{ user(id: "${someone.id}") { id } node(id: "${someone.id}") { id } }`)).toEqual({
    user: null,
    node: null,
  })
  await eventually(async () =>
    expect(await admin.data(`{ node(id: "${createTodo.todo.id}") { id } }`)).toEqual({ node: null }),
  )
})

test('an event that is delivered again has no second effect, and one that fails is delivered again', async () => {
  await using own = await startGraph()
  const [someone, other] = [await own.person(), await own.person()]
  await other.data('mutation { createTodo(input: { title: "Stays" }) { __typename } }')
  await own.database.sql('alter table todos.inbox rename to inbox_away')
  await someone.data(DELETE, { password: someone.password })
  await own.database.sql('alter table todos.inbox_away rename to inbox')
  await own.database.sql(`update users.outbox set claimed_until = null`)
  await eventually(async () =>
    expect(
      await own.database.sql(`select from users.outbox where type = 'user.deleted' and published_at is not null`),
    ).toHaveLength(1),
  )
  await own.database.sql(
    `insert into todos.todos (id, owner_id, title, priority) select gen_random_uuid(), '${LATER}', 'Later', 'LOW'`,
  )
  await own.database.sql(
    `update users.outbox set published_at = null, claimed_until = null, payload = jsonb_build_object('userId', '${idOf('user', LATER)}') where type = 'user.deleted'`,
  )
  await eventually(async () =>
    expect(await own.database.sql(`select from users.outbox where published_at is null`)).toHaveLength(0),
  )
  expect(await own.database.sql('select title from todos.todos order by title')).toEqual([
    { title: 'Later' },
    { title: 'Stays' },
  ])
})
