import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { composeServices } from '@apollo/composition'
import { parse } from 'graphql'

const LINK = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9",
  import: ["@key", "@requires", "@provides", "@external", "@shareable", "@override", "@inaccessible", "@interfaceObject"])\n`

/** Entities over three subgraphs, with required fields, provided ones, unions, interfaces, and lists of lists. */
const library = {
  books: `
    type Query { book(id: ID!): Book books(first: Int = 3, genre: Genre): [Book!]! found(text: String): [Found] shelf: [[Book]!] media: [Medium] }
    type Mutation { addBook(title: String!): Book rename(id: ID!, title: String): Book }
    enum Genre { POEM NOVEL SECRET @inaccessible }
    scalar Isbn
    interface Medium { id: ID! title: String }
    union Found = Book | Author | Film
    type Book implements Medium @key(fields: "id") { id: ID! title: String genre: Genre isbn: Isbn pages: Int! author: Author! size: Size @shareable sequels(first: Int): [Book] }
    type Film implements Medium @key(fields: "id") { id: ID! title: String minutes: Int! star: Author @provides(fields: "nickname") }
    type Size @shareable { width: Float! height: Float unit: String! }
    type Author @key(fields: "id") { id: ID! nickname: String @external }
  `,
  people: `
    type Query { author(id: ID!): Author me: Author! }
    interface Person { id: ID! name: String! }
    type Author implements Person @key(fields: "id") { id: ID! name: String! nickname: String @shareable born: Int address: Address friends: [Author!] }
    type Address { street: String city: City! lines: [String!]! }
    type City { name: String! twin: City }
  `,
  trade: `
    type Query { offers(first: Int = 2): [Offer] }
    type Mutation { sell(book: ID!): Offer }
    type Offer @key(fields: "id") @key(fields: "code country") { id: ID! code: String! country: String! book: Book price: Float! }
    type Book @key(fields: "id") { id: ID! pages: Int! @external weight: Float! @requires(fields: "pages") offers(limit: Int): [Offer!] isInStock: Boolean! stock: [Stock] }
    type Film @key(fields: "id") { id: ID! offers: [Offer] }
    union Stock = Shop | Depot
    type Shop { id: ID! name: String boss: Author }
    type Depot { id: ID! name: String! shelves: [[Int!]] }
    type Author @key(fields: "id", resolvable: false) { id: ID! }
  `,
}

/** Interface objects, several keys, nested keys, overridden and hidden fields. */
const fleet = {
  vehicles: `
    type Query { vehicles(first: Int): [Vehicle] vehicle(id: ID!): Vehicle }
    interface Vehicle @key(fields: "id") { id: ID! wheels: Int owner: Owner }
    type Car implements Vehicle @key(fields: "id") { id: ID! wheels: Int owner: Owner doors: Int! model: Model! }
    type Bike implements Vehicle @key(fields: "id") { id: ID! wheels: Int owner: Owner gears: [Int] secret: String @inaccessible }
    type Model { name: String! maker: Maker! }
    type Maker @key(fields: "id") { id: ID! }
    type Owner @key(fields: "id") { id: ID! }
  `,
  insurance: `
    type Query { insured: [Vehicle!] }
    type Vehicle @interfaceObject @key(fields: "id") { id: ID! premium: Float! policies(kind: Kind! = FULL): [Policy] }
    enum Kind { FULL PART }
    type Policy { number: String! holder: Owner! notes: [String] }
    type Owner @key(fields: "id") { id: ID! credit: Int }
  `,
  makers: `
    type Query { maker(id: ID!): Maker }
    type Maker @key(fields: "id") { id: ID! name: String country: Country models: [String!]! }
    type Country { code: String! continent: String }
    type Owner @key(fields: "id") { id: ID! name: String! maker: Maker }
  `,
}

function compose(schemas: Record<string, string>): string {
  const services = Object.entries(schemas).map(([name, sdl]) => ({
    name,
    url: `http://${name}`,
    typeDefs: parse(LINK + sdl),
  }))
  const result = composeServices(services)
  if (result.errors) throw new Error(result.errors.map(({ message }) => message).join('\n'))
  return result.supergraphSdl
}

/** The supergraphs on which the engine is compared with others, ours the last of them. */
export async function supergraphs(): Promise<Record<string, string>> {
  const own = await readFile(join(import.meta.dirname, '../../schema/supergraph.graphql'), 'utf8')
  return { library: compose(library), fleet: compose(fleet), own }
}
