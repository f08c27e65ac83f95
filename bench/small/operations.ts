import { account, item, purchasesOf, reviewed } from './data.ts'

/** One request, with `data` of the answer that is right. */
export interface Asked {
  query: string
  variables: Record<string, unknown>
  data: unknown
}

/** An operation to measure. */
export interface Operation {
  name: string
  /** What it stands for. */
  description: string
  /** What is sent, in turns. */
  requests: Asked[]
  /** Requests at once. */
  concurrency: number
}

const Q1 = 'query Item($id: ID!) { item(id: $id) { id name price } }'
const PURCHASES = `{ name purchases { id quantity item { name price rating reviews { stars } } } }`
const Q2 = `query Purchases { me ${PURCHASES} }`
const APART = `query PurchasesOf($id: ID!) { account(id: $id) ${PURCHASES} }`
const LARGE = 'query Catalogue($first: Int!) { catalogue(first: $first) { id name price isOnSale description } }'

/** Some of the fields, those whose bit is set. */
function chosen<Name extends string>(names: readonly Name[], bits: number): Name[] {
  return names.filter((_, index) => (bits >> index) & 1)
}

const pick = (object: Record<string, unknown>, names: readonly string[]) =>
  Object.fromEntries(names.map((each) => [each, object[each]]))

/** One of many documents, as clients of many versions and pages send them, with its answer. */
function variation(bits: number): Asked {
  const accountFields = ['name', ...chosen(['email'], bits)]
  const purchaseFields = ['id', ...chosen(['placedAt', 'quantity'], bits >> 1)]
  const itemFields = ['name', ...chosen(['price', 'isOnSale', 'description', 'id'], bits >> 3)]
  const reviewFields = ['stars', ...chosen(['text'], bits >> 7)]
  const ratingFields = chosen(['rating'], bits >> 8)
  const query = `query Variation${bits} { me { ${accountFields.join(' ')} purchases { ${purchaseFields.join(' ')}
    item { ${[...itemFields, ...ratingFields].join(' ')} reviews { ${reviewFields.join(' ')} } } } } }`
  const purchases = purchasesOf('1').purchases.map((purchase) => ({
    ...pick(purchase, purchaseFields),
    item: {
      ...pick(item(purchase.item.id), itemFields),
      ...pick(reviewed(purchase.item.id), ratingFields),
      reviews: reviewed(purchase.item.id).reviews.map((each) => pick(each, reviewFields)),
    },
  }))
  return { query, variables: {}, data: { me: { ...pick(account('1'), accountFields), purchases } } }
}

const many = Array.from({ length: 1_000 }, (_, index) => variation(index))

const { id, name, price } = item('7')

/** What the account of an id bought, as Q2 asks for it. */
function bought(accountId: string) {
  const purchases = purchasesOf(accountId).purchases.map(({ id: purchaseId, quantity, item: { id: itemId } }) => ({
    id: purchaseId,
    quantity,
    item: {
      ...pick(item(itemId), ['name', 'price']),
      rating: reviewed(itemId).rating,
      reviews: reviewed(itemId).reviews.map(({ stars }) => ({ stars })),
    },
  }))
  return { name: account(accountId).name, purchases }
}

/** More than are under way at once, so that no two of those are equal. */
const ACCOUNTS = 500
const apart = Array.from({ length: ACCOUNTS }, (_, index) => ({
  query: APART,
  variables: { id: String(index) },
  data: { account: bought(String(index)) },
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
    requests: [{ query: Q1, variables: { id: '7' }, data: { item: { id, name, price } } }],
    concurrency: 64,
  },
  {
    name: 'Q2',
    description: 'three hops over four subgraphs, lists of 20',
    requests: [{ query: Q2, variables: {}, data: { me: bought('1') } }],
    concurrency: 64,
  },
  {
    name: 'Q2 apart',
    description: 'the same for 500 accounts in turns: no two requests under way are equal',
    requests: apart,
    concurrency: 64,
  },
  {
    name: 'many',
    description: '1,000 documents in turns, three hops over four subgraphs',
    requests: many,
    concurrency: 64,
  },
  {
    name: '1 MB',
    description: 'an answer of 1 MB from one subgraph',
    requests: [{ query: LARGE, variables: { first: CATALOGUE }, data: { catalogue } }],
    concurrency: 8,
  },
]
