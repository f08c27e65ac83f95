import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readSupergraph } from '../../gateway/supergraph/supergraph.ts'
import { startTestGateway } from '../support/gateway.ts'
import { answering, startFake } from '../support/ill-subgraphs.ts'

/** What IBM's specification and Apollo's demand control know, of which our own subgraphs use a part. */
const LIBRARY = `
  extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@cost", "@inaccessible", "@listSize"])
  type Query {
    book(id: ID!): Book
    books(limit: Int): [Book] @listSize(slicingArguments: ["limit"])
    found(where: Where, limit: Int): [Book] @listSize(slicingArguments: ["limit"], requireOneSlicingArgument: false)
    page(first: Int, last: Int): Page @listSize(slicingArguments: ["first", "last"], sizedFields: ["nodes"])
    usual(first: Int = 4): [Book] @listSize(slicingArguments: ["first"])
    hidden(limit: Int): [Book] @listSize(slicingArguments: ["limit"]) @inaccessible
    described(by: By): Book
    about(subject: Subject, text: String @cost(weight: 7)): Book
  }
  type Mutation { lend(input: Lend!): Book }
  type Page { nodes: [Book] }
  type Book { id: ID! cover: Image summary: String @cost(weight: 3) }
  type Image @cost(weight: 5) { url: String }
  enum Subject @cost(weight: 2) { ART LAW }
  input Where { text: String @cost(weight: 4) and: [Where!] }
  input By { words: String = "sea" @cost(weight: 4) }
  input Lend { books: [Copy!]! note: String }
  input Copy { id: ID! condition: String @cost(weight: 2) }
`

const resources = new AsyncDisposableStack()
let url: string
beforeAll(async () => {
  const port = await startFake(answering(200, '{"data":{}}'), resources)
  const library = { name: 'library', url: `http://127.0.0.1:${port}/graphql` }
  const { supergraphSdl, errors } = composeServices([{ ...library, typeDefs: parse(LIBRARY) }])
  if (!supergraphSdl) throw new Error(errors?.join())
  url = await startTestGateway(
    {
      supergraph: readSupergraph(supergraphSdl, 'the library'),
      subgraphs: [{ ...library, passportKeys: ['a key of passports that is long enough'] }],
    },
    resources,
  )
})
afterAll(() => resources.disposeAsync())

async function ask(query: string, variables: Record<string, unknown> = {}) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-cost': '1' },
    body: JSON.stringify({ query, variables }),
  })
  const { errors = [], extensions } = await response.json()
  return { status: response.status, errors, cost: extensions?.cost?.requested }
}

const LEND = 'mutation ($input: Lend!) { lend(input: $input) { id } }'
const copies = [{ id: '1' }, { id: '2', condition: 'worn' }]

test.each<[string, string, Record<string, unknown>, number]>([
  ['a type that costs more', '{ book(id: "1") { cover { url } } }', {}, 1 + 5],
  ['a leaf that costs something', '{ book(id: "1") { summary } }', {}, 1 + 3],
  ['an argument that does', '{ about(text: "sea") { id } }', {}, 1 + 7],
  ['and one that is null', 'query ($text: String) { about(text: $text) { id } }', {}, 1],
  ['an enum that does', '{ about(subject: LAW) { id } }', {}, 1 + 2],
  ['by a variable', 'query ($subject: Subject) { about(subject: $subject) { id } }', { subject: 'ART' }, 1 + 2],
  ['an input object and what is in it', '{ found(limit: 6, where: { text: "sea" }) { id } }', {}, 6 + 1 + 4],
  ['one in another', '{ found(limit: 2, where: { and: [{ text: "a" }, {}] }) { id } }', {}, 2 + 1 + 2 + 4],
  ['a variable in one', 'query ($t: String) { found(limit: 2, where: { text: $t }) { id } }', { t: 'a' }, 2 + 1 + 4],
  ['a default in one', '{ described(by: {}) { id } }', {}, 1 + 1 + 4],
  ['and by a variable', 'query ($by: By) { described(by: $by) { id } }', { by: {} }, 1 + 1 + 4],
  ['input objects in a variable', LEND, { input: { books: copies } }, 10 + 1 + 1 + 2 + 2],
  ['a list without a size', '{ found { id } }', {}, 10],
  ['the default of an argument', '{ usual { id } }', {}, 4],
  ['a page', '{ page(last: 3) { nodes { id } } }', {}, 1 + 3],
])('%s is priced', async (_, query, variables, cost) => {
  // Once through Apollo Server, and once compiled.
  for (const _way of ['admitted', 'run']) expect(await ask(query, variables)).toMatchObject({ status: 200, cost })
})

test.each([
  ['no size', '{ books { id } }', 'give it the argument limit.'],
  ['none that is said', '{ books(limit: null) { id } }', 'give it the argument limit.'],
  ['none of two', '{ page { nodes { id } } }', 'give it exactly one of the arguments first, last.'],
  ['two of two', '{ page(first: 1, last: 1) { nodes { id } } }', 'give it exactly one of the arguments first, last.'],
])('a list of %s is refused where one is required', async (_, query, message) => {
  const { status, errors } = await ask(query)
  expect(status).toBe(400)
  expect(errors).toMatchObject([
    {
      message: expect.stringMatching(
        new RegExp(`^Field "\\w+" has to say how many objects are asked for: ${message}$`),
      ),
      extensions: { code: 'GRAPHQL_VALIDATION_FAILED' },
    },
  ])
})

test.each(['{ page(first: 1) { nodes { id } } }', '{ books(limit: 2) { id } }'])('one is enough: %s', async (query) => {
  expect((await ask(query)).status).toBe(200)
})

test('what clients do not see is not told of', async () => {
  const { errors } = await ask('{ hidden { id } }')
  expect(errors.map(({ message }: { message: string }) => message)).toEqual([
    expect.stringContaining('Cannot query field "hidden"'),
  ])
})
