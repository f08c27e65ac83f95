import { afterAll, beforeAll, expect, test } from 'vitest'
import { newFolder } from '../support/folder.ts'
import { startChild, type Child } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf } from '../support/graph-client.ts'
import { SIGN_IN, SIGN_UP } from '../support/people.ts'

const LAST_WORDS = 'Ctrl-C stops it; the data stays.'

const resources = new AsyncDisposableStack()
let child: Child
let graphql: string
beforeAll(async () => {
  const dataDir = await newFolder(resources)
  const ports = { USERS_PORT: '0', TODOS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', PORT: '0' }
  child = resources.use(startChild(['start.ts'], { ...ports, DATA_DIR: dataDir, LOG_LEVEL: 'debug' }))
  graphql = await child.says(/GraphQL\s+(http:\S+)/)
  await child.says(new RegExp(LAST_WORDS))
})
afterAll(() => resources.disposeAsync())

/** The lines of the log so far, each of which is JSON once the product has said that it runs. */
const lines = (): Record<string, unknown>[] =>
  child
    .output()
    .slice(child.output().indexOf(LAST_WORDS) + LAST_WORDS.length)
    .split('\n')
    // The last may not be there as a whole.
    .slice(0, -1)
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line))

const INPUT = { email: 'hidden.person@example.com', username: 'somebody', password: 'the hidden password' }

test('each request is a line that tells who asked what, how long it took, and what went wrong', async () => {
  const { signUp } = await clientOf(graphql).data(SIGN_UP, { input: INPUT })
  const client = clientOf(graphql, { authorization: `Bearer ${signUp.tokens.accessToken}` })
  const { headers } = await client.send('query WhoAmI { viewer { username } }')
  await eventually(async () => {
    const line = lines().find(({ requestId }) => requestId === headers.get('x-request-id'))
    expect(line).toMatchObject({ operationName: 'WhoAmI', status: 200, codes: [], viewerId: signUp.user.id })
    expect(line?.duration).toEqual(expect.any(Number))
  })
  const refused = await client.send('query Refused { users { nodes { id } } }')
  await eventually(async () => {
    const line = lines().find(({ requestId }) => requestId === refused.headers.get('x-request-id'))
    expect(line).toMatchObject({ level: 30, operationName: 'Refused', codes: ['FORBIDDEN'] })
  })
})

test('what was refused for its cost is told, also of an operation that is known', async () => {
  const query = 'query Costly($first: Int!) { products(first: $first) { nodes { id } } }'
  await clientOf(graphql).data(query, { first: 1 })
  const { headers } = await clientOf(graphql).send(query, { first: 2_000 })
  await eventually(async () => {
    const line = lines().find(({ requestId }) => requestId === headers.get('x-request-id'))
    expect(line).toMatchObject({ level: 30, operationName: 'Costly', status: 400, codes: ['COST_LIMIT_EXCEEDED'] })
  })
})

test('what never became an operation is told, too', async () => {
  const forged = await clientOf(graphql, { authorization: 'Bearer forged' }).send('{ viewer { id } }')
  const large = await clientOf(graphql).send(`{ __typename } # ${'x'.repeat(100_000)}`)
  const json = { 'content-type': 'application/json' }
  const malformed = await fetch(graphql, { method: 'POST', headers: json, body: '{' })
  const told = [
    { headers: forged.headers, status: 401, codes: ['UNAUTHENTICATED'] },
    { headers: large.headers, status: 413, codes: ['PAYLOAD_TOO_LARGE'] },
    { headers: malformed.headers, status: 400, codes: ['BAD_REQUEST'] },
  ]
  for (const { headers, status, codes } of told) {
    await eventually(async () => {
      const line = lines().find(({ requestId }) => requestId === headers.get('x-request-id'))
      expect(line).toMatchObject({ level: 30, status, codes, clientAddress: '127.0.0.1' })
    })
    expect(headers.get('ratelimit')).toMatch(/^"points";r=\d+;t=\d+$/)
  }
})

test('no password, token, address or value of a client is ever told', async () => {
  const anonymous = clientOf(graphql)
  const { signIn } = await anonymous.data(SIGN_IN, { input: { email: INPUT.email, password: INPUT.password } })
  const secrets = [INPUT.password, INPUT.email, signIn.tokens.accessToken, signIn.tokens.refreshToken, 'a hidden title']
  const client = clientOf(graphql, { authorization: `Bearer ${signIn.tokens.accessToken}`, cookie: 'a hidden title' })
  await anonymous.send(SIGN_IN, { input: { email: INPUT.email, password: 'a hidden title' } })
  await anonymous.send(SIGN_UP, { input: INPUT })
  await anonymous.send(SIGN_IN, { input: { email: INPUT.email, password: 5, other: 'a hidden title' } })
  await client.send('mutation ($t: String!) { createTodo(input: { title: $t }) { __typename } }', {
    t: 'a hidden title',
  })
  await client.send('{ todo(id: "a hidden title") { id } }')
  await client.send(`{ "a hidden title ${signIn.tokens.accessToken}" }`)
  await clientOf(graphql, { authorization: `Bearer ${signIn.tokens.accessToken}x` }).send('{ viewer { id } }')
  await client.send('mutation ($t: String!) { refreshSession(input: { refreshToken: $t }) { __typename } }', {
    t: signIn.tokens.refreshToken,
  })
  const before = lines().length
  await client.send('query Last { __typename }')
  await eventually(async () => expect(lines().length).toBeGreaterThan(before))
  for (const secret of secrets) expect(child.output()).not.toContain(secret)
})

test('a name as long as a body is told in short, and at once', async () => {
  const name = 'a'.repeat(90_000)
  const begin = process.cpuUsage()
  const { headers } = await clientOf(graphql).send(`query ${name} { users { nodes { id } } }`)
  await eventually(async () => {
    const line = lines().find(({ requestId }) => requestId === headers.get('x-request-id'))
    expect(line?.operationName).toBe('a'.repeat(100))
  })
  expect(process.cpuUsage(begin).user).toBeLessThan(5_000_000)
})

test('hostile names break no line', async () => {
  const hostile = clientOf(graphql, {
    'apollographql-client-name': '"}\\n{"level":60,"msg":"forged',
    'apollographql-client-version': '\t\u00ff',
    'user-agent': '"}',
  })
  await hostile.send('query Hostile { users { nodes { id } } }')
  await eventually(async () => {
    const line = lines().find(({ operationName }) => operationName === 'Hostile')
    expect(line).toMatchObject({ client: { name: '"}\\n{"level":60,"msg":"forged' } })
  })
  expect(lines().filter(({ level }) => level === 60)).toEqual([])
})
