import { account, item, purchasesOf, reviewed } from './data.ts'

/** An operation to measure, with the answer that is right. */
export interface Operation {
  name: string
  /** What it stands for. */
  description: string
  /** The documents, sent in turns. */
  queries: string[]
  variables: Record<string, unknown>
  /** `data` of the answer to each of them. */
  data: unknown[]
  /** Requests at once. */
  concurrency: number
}

const Q1 = 'query Item($id: ID!) { item(id: $id) { id name price } }'
const Q2 = `query Purchases { me { name purchases { id quantity item { name price rating reviews { stars } } } } }`
const LARGE = 'query Catalogue($first: Int!) { catalogue(first: $first) { id name price isOnSale description } }'

/** Some of the fields, those whose bit is set. */
function chosen<Name extends string>(names: readonly Name[], bits: number): Name[] {
  return names.filter((_, index) => (bits >> index) & 1)
}

const pick = (object: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(names.map((each) => [each, object[each]]))

/** One of many documents, as clients of many versions and pages send them, with its answer. */
function variation(bits: number): { query: string; data: unknown } {
  const accountFields = ['name', ...chosen(['email'], bits)]
  const purchaseFields = ['id', ...chosen(['placedAt', 'quantity'], bits >> 1)]
  const itemFields = ['name', ...chosen(['price', 'isOnSale', 'description', 'id'], bits >> 3)]
  const reviewFields = ['stars', ...chosen(['text'], bits >> 7)]
  const ratingFields = chosen(['rating'], bits >> 8)
  const query = `query Variation${bits} { me { ${accountFields.join(' ')} purchases { ${purchaseFields.join(' ')}
    item { ${[...itemFields, ...ratingFields].join(' ')} reviews { ${reviewFields.join(' ')} } } } } }`
  const bought = purchasesOf('1').purchases.map((purchase) => ({
    ...pick(purchase, purchaseFields),
    item: {
      ...pick(item(purchase.item.id), itemFields),
      ...pick(reviewed(purchase.item.id), ratingFields),
      reviews: reviewed(purchase.item.id).reviews.map((each) => pick(each, reviewFields)),
    },
  }))
  return { query, data: { me: { ...pick(account, accountFields), purchases: bought } } }
}

const many = Array.from({ length: 1_000 }, (_, index) => variation(index))

const { id, name, price } = item('7')
const purchases = purchasesOf('1').purchases.map(({ id: purchaseId, quantity, item: bought }) => ({
  id: purchaseId,
  quantity,
  item: {
    name: item(bought.id).name,
    price: item(bought.id).price,
    rating: reviewed(bought.id).rating,
    reviews: reviewed(bought.id).reviews.map(({ stars }) => ({ stars })),
  },
}))
const CATALOGUE = 5_500
const catalogue = Array.from({ length: CATALOGUE }, (_, index) => {
  const { __typename: _type, ...rest } = item(String(index))
  return rest
})

export const operations: Operation[] = [
  {
    name: 'Q1',
    description: 'one entity of one subgraph',
    queries: [Q1],
    variables: { id: '7' },
    data: [{ item: { id, name, price } }],
    concurrency: 64,
  },
  {
    name: 'Q2',
    description: 'three hops over four subgraphs, lists of 20',
    queries: [Q2],
    variables: {},
    data: [{ me: { name: account.name, purchases } }],
    concurrency: 64,
  },
  {
    name: 'many',
    description: '1,000 documents in turns, three hops over four subgraphs',
    queries: many.map(({ query }) => query),
    variables: {},
    data: many.map(({ data }) => data),
    concurrency: 64,
  },
  {
    name: '1 MB',
    description: 'an answer of 1 MB from one subgraph',
    queries: [LARGE],
    variables: { first: CATALOGUE },
    data: [{ catalogue }],
    concurrency: 8,
  },
]
