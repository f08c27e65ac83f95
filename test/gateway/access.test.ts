import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isObjectType, type GraphQLObjectType, type GraphQLSchema } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isEntity, ruleOf, type Rule } from '../../platform/graphql/access.ts'
import { createPassportOffice, PASSPORT_HEADER } from '../../platform/identity/passport.ts'
import { buildSchemaOf } from '../../platform/subgraph/schema.ts'
import { subgraphs, type SubgraphName } from '../../schema/subgraphs.ts'
import { definitions } from '../../subgraphs/all.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import type { Person } from '../support/people.ts'
import type { Sample } from '../support/sample.ts'
import { place, stockedProduct } from '../support/shop.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'
import { allOf, argumentsOf, find, selectionOf, walked } from './schema-walk.ts'

/**
 * Walks every field of every subgraph's schema, with every kind of viewer, over every way in. What a viewer must see
 * follows from the directives alone, but for what is listed in EXCEPTIONS.
 */

const KINDS = ['nobody', 'owner', 'another', 'administrator'] as const
type Kind = (typeof KINDS)[number]

const ADMITTED: Record<Rule, readonly Kind[]> = {
  public: KINDS,
  signedIn: ['owner', 'another', 'administrator'],
  owner: ['owner', 'administrator'],
  admin: ['administrator'],
  none: [],
}

/** Fields that are stricter than their rule, as their description says. */
const EXCEPTIONS: Record<string, readonly Kind[]> = { 'User.sessions': ['owner'] }

/** A way to reach an entity through the gateway: a query with SELECTION in it, and for whom it leads there. */
interface Way {
  name: string
  query: string
  admits: readonly Kind[]
}

const KEY = 'a passport key that is long enough for all'
const schemas = new Map<SubgraphName, GraphQLSchema>()
for (const { name } of subgraphs) schemas.set(name, await buildSchemaOf(definitions[name]))

let graph: TestGraph
let people: Record<Exclude<Kind, 'nobody'>, Person>
let ids: Record<string, string>
let todoId: string

beforeAll(async () => {
  const keys = Object.fromEntries(subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, KEY]))
  graph = await startGraph({ environment: keys })
  people = { owner: await graph.person(), another: await graph.person(), administrator: await graph.administrator() }
  const { createTodo } = await people.owner.data(
    `mutation { createTodo(input: { title: "Mine", notes: "x", dueAt: "2030-01-01T00:00:00Z" }) { ... on CreateTodoSuccess { todo { id } } } }`,
  )
  todoId = createTodo.todo.id
  await people.owner.data(`mutation { completeTodo(input: { id: "${todoId}" }) { __typename } }`)
  const productId = await stockedProduct(people.administrator, 5)
  const { order } = await place(people.owner, [{ productId }])
  for (const statement of FILLED) await graph.database.sql(statement)
  ids = { User: people.owner.id, Todo: todoId, Product: productId, Order: order.id }
  for (const { type, create } of samples) ids[type] = await create(people)
})
afterAll(() => graph[Symbol.asyncDispose]())

const clientFor = (kind: Kind): GraphClient => (kind === 'nobody' ? graph.anonymous : people[kind])

/** A client of one subgraph by itself, with the passport of a viewer. */
async function clientAt(subgraph: string, kind: Kind): Promise<GraphClient> {
  const person = kind === 'nobody' ? null : people[kind]
  const role = kind === 'administrator' ? 'ADMIN' : 'CUSTOMER'
  const viewer = person && { userId: person.id, role, sessionId: await sessionOf(person) }
  const passport = await createPassportOffice(subgraph, [KEY])(viewer as never)
  return clientOf(`http://127.0.0.1:${graph.subgraphPorts[subgraph]}/graphql`, { [PASSPORT_HEADER]: passport })
}

async function sessionOf(person: Person): Promise<string> {
  const { viewer } = await person.data('{ viewer { sessions { id isCurrent } } }')
  return viewer.sessions.find(({ isCurrent }: { isCurrent: boolean }) => isCurrent).id
}

/** Objects of subgraphs that came later, each told in a file of its own. */
const samples = (await Promise.all(subgraphs.map(({ name }) => samplesOf(name)))).flat()

async function samplesOf(name: string): Promise<Sample[]> {
  const file = join(import.meta.dirname, `../${name}/sample.ts`)
  if (!existsSync(file)) return []
  const { samples }: { samples: Sample[] } = await import(file)
  return samples
}

const waysTo: Record<string, () => Way[]> = {
  ...Object.fromEntries(
    samples.map(({ type, ways }) => [
      type,
      () => ways(ids[type] ?? '').map((way) => ({ ...way, admits: ADMITTED[way.for] })),
    ]),
  ),
  User: () => [
    { name: 'the root field user', query: `{ it: user(id: "${ids.User}") SELECTION }`, admits: ADMITTED.signedIn },
    { name: 'node', query: `{ it: node(id: "${ids.User}") { ... on User SELECTION } }`, admits: ADMITTED.signedIn },
    { name: 'a todo', query: `{ todo(id: "${ids.Todo}") { it: owner SELECTION } }`, admits: ADMITTED.owner },
  ],
  Todo: () => [
    { name: 'the root field todo', query: `{ it: todo(id: "${ids.Todo}") SELECTION }`, admits: ADMITTED.owner },
    { name: 'node', query: `{ it: node(id: "${ids.Todo}") { ... on Todo SELECTION } }`, admits: ADMITTED.owner },
    {
      name: "its owner's list",
      query: `{ user(id: "${ids.User}") { todos(first: 1) { it: nodes SELECTION } } }`,
      admits: ADMITTED.owner,
    },
  ],
  Order: () => [
    { name: 'the root field order', query: `{ it: order(id: "${ids.Order}") SELECTION }`, admits: ADMITTED.owner },
    { name: 'node', query: `{ it: node(id: "${ids.Order}") { ... on Order SELECTION } }`, admits: ADMITTED.owner },
    {
      name: "its buyer's list",
      query: `{ user(id: "${ids.User}") { orders(first: 1) { it: nodes SELECTION } } }`,
      admits: ADMITTED.owner,
    },
  ],
  Product: () => [
    { name: 'the root field product', query: `{ it: product(id: "${ids.Product}") SELECTION }`, admits: KINDS },
    { name: 'node', query: `{ it: node(id: "${ids.Product}") { ... on Product SELECTION } }`, admits: KINDS },
    { name: 'the catalogue', query: `{ products(first: 1) { it: nodes SELECTION } }`, admits: KINDS },
  ],
}

const entities = [...schemas].flatMap(([subgraph, schema]) =>
  Object.values(schema.getTypeMap())
    .filter((type): type is GraphQLObjectType => isObjectType(type) && isEntity(type))
    .flatMap((type) =>
      Object.values(type.getFields()).map((field) => ({
        subgraph,
        schema,
        type,
        field,
        name: `${type.name}.${field.name}`,
        rule: ruleOf(schema, type, field),
      })),
    ),
)

const roots = [...schemas].flatMap(([subgraph, schema]) =>
  [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
    Object.values(type?.getFields() ?? {})
      .filter(({ name }) => !name.startsWith('_'))
      .map((field) => ({
        subgraph,
        schema,
        operation: type === schema.getMutationType() ? 'mutation' : 'query',
        field,
        name: field.name,
        rule: type ? ruleOf(schema, type, field) : ('none' as const),
      })),
  ),
)

test('every root field and every field of an entity has a rule', () => {
  expect(entities.length).toBeGreaterThan(25)
  expect([...entities, ...roots].filter(({ rule }) => rule === 'none').map(({ name }) => name)).toEqual([])
})

/** Values for fields that no mutation sets. */
const FILLED: string[] = []

test.each(entities)('$name has a value here, so that null means refused', async ({ subgraph, schema, type, field }) => {
  const kind = EXCEPTIONS[`${type.name}.${field.name}`]?.[0] ?? 'administrator'
  const { data } = await (
    await clientAt(subgraph, kind)
  ).send(
    `query ($r: [_Any!]!) { _entities(representations: $r) { ... on ${type.name} ${selectionOf(field, schema)} } }`,
    {
      r: [{ __typename: type.name, id: ids[type.name] }],
    },
  )
  const value = data?._entities?.[0]?.value
  expect(value, 'give it one in beforeAll, or in FILLED').not.toBeNull()
  expect(value, 'it cannot be asked for').toBeDefined()
})

describe.each(entities)('$name ($rule), in $subgraph', ({ subgraph, schema, type, field, name, rule }) => {
  const mayRead = (kind: Kind) => (EXCEPTIONS[name] ?? ADMITTED[rule]).includes(kind)

  test.each(KINDS)('by reference, for %s', async (kind) => {
    const client = await clientAt(subgraph, kind)
    const { data } = await client.send(
      `query ($representations: [_Any!]!) { _entities(representations: $representations) { ... on ${type.name} ${selectionOf(field, schema)} } }`,
      { representations: [{ __typename: type.name, id: ids[type.name] }] },
    )
    const value = data?._entities?.[0]?.value ?? null
    expect(value !== null).toBe(mayRead(kind))
  })

  test.each(KINDS)('through the gateway, for %s', async (kind) => {
    for (const way of waysTo[type.name]?.() ?? expect.unreachable(`there is no way to ${type.name}`)) {
      const { data } = await clientFor(kind).send(way.query.replace('SELECTION', selectionOf(field, schema)))
      const value = find(data)?.value ?? null
      expect(value !== null, `${way.name}, for ${kind}`).toBe(way.admits.includes(kind) && mayRead(kind))
    }
  })
})

describe.each(roots)('$operation $name ($rule)', ({ schema, operation, field, name, rule }) => {
  test.each(KINDS)('for %s', async (kind) => {
    const client =
      kind === 'nobody' ? graph.anonymous : await (kind === 'administrator' ? graph.administrator() : graph.person())
    const selection = allOf(field.type, schema)
    const { data, errors } = await client.send(`${operation} { ${name}${argumentsOf(field, schema)} ${selection} }`)
    const codes = errors.map(({ extensions }) => extensions.code)
    if (ADMITTED[rule].includes(kind)) expect(codes).toEqual([])
    else {
      expect(codes).toEqual([kind === 'nobody' ? 'UNAUTHENTICATED' : 'FORBIDDEN'])
      expect(data).toEqual({ [name]: null })
    }
  })
})

test('no field of the schema was left out of the walk', () => {
  for (const { type, field } of entities) walked.add(`${type.name}.${field.name}`)
  for (const { schema } of roots) {
    for (const type of Object.values(schema.getTypeMap())) {
      const isWalked =
        isObjectType(type) &&
        !type.name.startsWith('_') &&
        type !== schema.getQueryType() &&
        type !== schema.getMutationType()
      // Types that all subgraphs share stand in each of them, also where nothing leads to them.
      const isShared = isObjectType(type) && type.astNode?.directives?.some(({ name }) => name.value === 'shareable')
      if (!isWalked || isShared) continue
      for (const field of Object.values(type.getFields())) expect(walked).toContain(`${type.name}.${field.name}`)
    }
  }
  for (const name of ['Money.amount', 'PageInfo.endCursor', 'InvalidField.path', 'ProductNotFound.message'])
    expect(walked).toContain(name)
})
