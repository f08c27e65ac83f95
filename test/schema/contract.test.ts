import {
  buildSchema,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  type GraphQLOutputType,
} from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { tagsOf } from '../../platform/cache/tags.ts'
import { eventSchemas, isEventType } from '../../platform/events/events.ts'
import { newId } from '../../platform/ids.ts'
import { compose } from '../../schema/compose.ts'
import { readSchemaFile } from '../../schema/files.ts'
import { copyProject, type ProjectCopy } from '../support/project-copy.ts'

const api = buildSchema(await readSchemaFile('api'))
const types = Object.values(api.getTypeMap()).filter(({ name }) => !name.startsWith('__'))

test('what is committed is what the schema files compose to, without a hint', async () => {
  const { files, hints } = await compose()
  expect(hints).toEqual([])
  for (const [name, text] of Object.entries(files))
    expect(await readSchemaFile(name.replace('.graphql', '')), name).toBe(text)
})

test('every type, field, argument, enum value and input has a description', () => {
  const missing: string[] = []
  const check = (name: string, { description }: { description?: string | null | undefined }) =>
    void (description || missing.push(name))
  const builtIn = new Set(['String', 'Int', 'Float', 'Boolean', 'ID'])
  for (const type of types) {
    if (!builtIn.has(type.name)) check(type.name, type)
    if (isEnumType(type)) for (const value of type.getValues()) check(`${type.name}.${value.name}`, value)
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      check(`${type.name}.${field.name}`, field)
      if ('args' in field) for (const arg of field.args) check(`${type.name}.${field.name}(${arg.name})`, arg)
    }
  }
  expect(missing).toEqual([])
})

test('every field that can be null says what null means', () => {
  const silent = types.filter(isObjectType).flatMap((type) =>
    Object.values(type.getFields())
      .filter((field) => !isNonNullType(field.type) && !/null/i.test(field.description ?? ''))
      .map((field) => `${type.name}.${field.name}`),
  )
  expect(silent).toEqual([])
})

test('every argument and input that can be left out says what that means', () => {
  const inputs = types.filter(isInputObjectType).flatMap((type) => Object.values(type.getFields()))
  const args = types
    .filter(isObjectType)
    .flatMap((type) => Object.values(type.getFields()).flatMap((field) => field.args))
  const silent = [...inputs, ...args].filter(
    ({ type, description }) => !isNonNullType(type) && !/null|left out|together|if neither/.test(description ?? ''),
  )
  expect(silent.map(({ name }) => name)).toEqual([])
})

test('what answers are about is ended by an event, and each event ends something', async () => {
  const formats = (await readSchemaFile('supergraph')).matchAll(/@cacheTag\(format: "([^"]+)"\)/g)
  const inSchema = new Set([...formats].map(([, format = '']) => format.replaceAll(/\{[^}]*\}/g, '*')))
  const id = newId('user')
  const payload = { userId: id, todoId: id, ownerId: id, productId: id, orderId: id, buyerId: id }
  const types = Object.keys(eventSchemas).filter(isEventType)
  const inEvents = new Set(types.flatMap((type) => tagsOf(type, payload as never)).map((tag) => tag.replace(id, '*')))
  expect([...inSchema].toSorted()).toEqual([...inEvents].toSorted())
})

test('lists are connections as Relay specifies them', () => {
  const connections = types.filter(isObjectType).filter(({ name }) => name.endsWith('Connection'))
  expect(connections.length).toBeGreaterThan(2)
  for (const type of connections) {
    const { edges, nodes, pageInfo, totalCount } = type.getFields()
    const edge = type.name.replace('Connection', 'Edge')
    expect([edges, nodes, pageInfo, totalCount].map((field) => String(field?.type))).toEqual([
      `[${edge}!]!`,
      `[${type.name.replace('Connection', '')}!]!`,
      'PageInfo!',
      'Int!',
    ])
  }
  for (const type of types.filter(isObjectType)) {
    for (const field of Object.values(type.getFields())) {
      if (namedOf(field.type).endsWith('Connection'))
        expect(field.args.map(({ name }) => name)).toEqual(expect.arrayContaining(['first', 'after', 'last', 'before']))
    }
  }
})

const namedOf = (type: GraphQLOutputType): string =>
  isNonNullType(type) || isListType(type) ? namedOf(type.ofType) : type.name

test('mutations take one input and give a union, whose failures are errors', () => {
  for (const field of Object.values(api.getMutationType()?.getFields() ?? {})) {
    expect(field.args.length, field.name).toBeLessThanOrEqual(1)
    expect(isNonNullType(field.type), field.name).toBe(false)
    const result = api.getType(namedOf(field.type))
    if (!isUnionType(result)) continue
    for (const member of result.getTypes().filter(({ name }) => !name.endsWith('Success')))
      expect(member.getInterfaces().map(({ name }) => name)).toEqual(['Error'])
  }
})

describe('in a copy of the project', () => {
  let copy: ProjectCopy
  beforeAll(async () => {
    copy = await copyProject()
  })
  afterAll(() => copy[Symbol.asyncDispose]())

  const run = (command: string, ...args: string[]) => copy.run(command, ...args)
  const changed = (...change: Parameters<ProjectCopy['changed']>) => copy.changed(...change)
  const types = () => run('node_modules/typescript/bin/tsc')

  test('the check passes as it is', () => {
    expect(types()).toMatchObject({ code: 0 })
    expect(run('schema/main.ts', 'check')).toMatchObject({ code: 0 })
  })

  test('a resolver that is removed, and a row of another type than the schema, fail the type check', async () => {
    const owner = 'owner: (todo) => ({ id: todo.ownerId }),'
    const reference = '__resolveReference: ({ id }, { users }) => users.find(id),'
    const find = 'product: (_, { id }, { products }) => products.find(id),'
    // The type checker takes long: once for all.
    await changed('subgraphs/todos/resolvers.ts', owner, '', () =>
      changed('subgraphs/users/resolvers.ts', reference, '', () =>
        changed('subgraphs/products/resolvers.ts', find, '', () =>
          changed('subgraphs/orders/store.ts', 'number: z.string(),', 'number: z.number(),', () => {
            const { code, output } = types()
            expect(code).toBe(1)
            for (const name of ['todos', 'users', 'products', 'orders'])
              expect(output).toContain(`subgraphs/${name}/resolvers.ts`)
          }),
        ),
      ),
    )
  })

  test('a schema file that changed without composing fails the check, and says what to do', async () => {
    await changed('schema/todos.graphql', '"Something to do."', '"Something else to do."', () =>
      expect(run('schema/main.ts', 'current')).toEqual({
        code: 1,
        output: expect.stringMatching(/schema\/supergraph.graphql.*Run npm run schema:compose/),
      }),
    )
  })

  test('a hint that would share what is one viewer’s own, or says not what it is about, is refused with its place', async () => {
    const refused = async (from: string, to: string, problem: RegExp, file = 'users') =>
      changed(`schema/${file}.graphql`, from, to, () =>
        expect(run('schema/main.ts', 'check')).toEqual({ code: 1, output: expect.stringMatching(problem) }),
      )
    const user = '@cacheControl(maxAge: 60, scope: PRIVATE)\n  @cacheTag(format: "user:{id}") {'
    await refused(
      user,
      user.replace(', scope: PRIVATE', ''),
      /schema\/users\.graphql:\d+: User is not @public and may be kept/,
    )
    await refused(user, user.replace('{id}', '{name}'), /\{name\} in its tag is none of id/)
    await refused(
      user,
      '@cacheControl(maxAge: 60, scope: PRIVATE) {',
      /User may be kept and does not say what it is about/,
    )
    const stock = ' @cacheControl(maxAge: 10) @cacheTag(format: "stock:{id}")'
    await refused(
      stock,
      '',
      /Product\.availableQuantity is added to an entity that another subgraph lets be kept/,
      'orders',
    )
    await refused('  isOnSale: Boolean!', '  isOnSale: Boolean! @admin', /Product\.isOnSale is not @public/, 'products')
  })

  test('a schema file that does not parse, or does not compose, is told with its place', async () => {
    await changed('schema/todos.graphql', 'type Todo implements', 'typ Todo implements', () =>
      expect(run('schema/main.ts', 'check')).toEqual({
        code: 1,
        output: expect.stringMatching(/schema\/todos.graphql:\d+: Syntax Error/),
      }),
    )
    await changed('schema/todos.graphql', 'todo(', 'product(', () =>
      expect(run('schema/main.ts', 'check')).toEqual({
        code: 1,
        output: expect.stringMatching(/schema\/(todos|products)\.graphql:\d+: .*Query\.product/),
      }),
    )
  })
})
