import { account, item, purchasesOf, reviewed } from './data.ts'

/** An operation to measure, with the answer that is right. */
export interface Operation {
  name: string
  /** What it stands for. */
  description: string
  /** The documents, sent in turns. */
  queries: string[]
  variables: Record<string, unknown>
  /** `data` of the answer to each. */
  data: unknown
  /** Requests at once. */
  concurrency: number
}

const Q1 = 'query Item($id: ID!) { item(id: $id) { id name price } }'
const Q2 = `query Purchases { me { name purchases { id quantity item { name price rating reviews { stars } } } } }`
const LARGE = 'query Catalogue($first: Int!) { catalogue(first: $first) { id name price isOnSale description } }'

/** As many different documents for one answer as clients of many versions send. */
const many = Array.from(
  { length: 1_000 },
  (_, index) => `query Version${index} { me { name email purchases { id quantity item { name price rating } } } }`,
)

const { id, name, price } = item('7')
const purchases = purchasesOf('1').purchases.map(({ id: purchaseId, quantity, item: bought }) => ({
  id: purchaseId,
  quantity,
  item: { name: item(bought.id).name, price: item(bought.id).price, rating: reviewed(bought.id).rating },
}))
const withReviews = purchases.map((purchase) => ({
  ...purchase,
  item: { ...purchase.item, reviews: reviewed('1').reviews.map(({ stars }) => ({ stars })) },
}))
const CATALOGUE = 5_500

export const operations: Operation[] = [
  {
    name: 'Q1',
    description: 'one entity of one subgraph',
    queries: [Q1],
    variables: { id: '7' },
    data: { item: { id, name, price } },
    concurrency: 64,
  },
  {
    name: 'Q2',
    description: 'three hops over four subgraphs, lists of 20',
    queries: [Q2],
    variables: {},
    data: { me: { name: account.name, purchases: withReviews } },
    concurrency: 64,
  },
  {
    name: 'many',
    description: '1,000 documents in turns, three hops',
    queries: many,
    variables: {},
    data: { me: { name: account.name, email: account.email, purchases } },
    concurrency: 64,
  },
  {
    name: '1 MB',
    description: 'an answer of 1 MB from one subgraph',
    queries: [LARGE],
    variables: { first: CATALOGUE },
    data: {
      catalogue: Array.from({ length: CATALOGUE }, (_, index) => {
        const { __typename: _type, ...rest } = item(String(index))
        return rest
      }),
    },
    concurrency: 8,
  },
]
