import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

/** Four subgraphs whose work costs next to nothing, so that what is measured is the gateway. */
const FEDERATION = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.11", import: ["@key"])\n`

const schemas = {
  accounts:
    'type Query { me: Account account(id: ID!): Account } type Account @key(fields: "id") { id: ID! name: String! email: String! }',
  purchases: `type Account @key(fields: "id") { id: ID! purchases(first: Int = 20): [Purchase!]! }
    type Purchase @key(fields: "id") { id: ID! placedAt: String! quantity: Int! item: Item! }
    type Item @key(fields: "id", resolvable: false) { id: ID! }`,
  catalogue: `type Query { item(id: ID!): Item catalogue(first: Int!): [Item!]! }
    type Item @key(fields: "id") { id: ID! name: String! price: Float! isOnSale: Boolean! description: String! }`,
  reviews: `type Item @key(fields: "id") { id: ID! rating: Float! reviews: [Review!]! }
    type Review { stars: Int! text: String! }`,
}

export const names = Object.keys(schemas)

/** Composes the small world. @param urls where each subgraph is */
export function composeSmallWorld(urls: Record<string, string>): string {
  const result = composeServices(
    Object.entries(schemas).map(([name, sdl]) => ({
      name,
      url: urls[name] ?? '',
      typeDefs: parse(FEDERATION + sdl),
    })),
  )
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.supergraphSdl
}
