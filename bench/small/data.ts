/** What the subgraphs of the small world know, made from ids. */
export interface Entity {
  __typename: string
  id: string
}

const PURCHASES = 20
const ITEMS = 10

export const account = (id: string) => ({
  __typename: 'Account',
  id,
  name: `Ada Lovelace ${id}`,
  email: `ada${id}@example.com`,
})

export function purchasesOf(id: string) {
  const purchases = Array.from({ length: PURCHASES }, (_, index) => ({
    __typename: 'Purchase',
    id: `${id}-${index}`,
    placedAt: '2026-11-21T09:00:00.000Z',
    quantity: index + 1,
    // Half of the items are bought twice, as happens.
    item: { __typename: 'Item', id: `${id}-${index % ITEMS}` },
  }))
  return { __typename: 'Account', id, purchases }
}

export const item = (id: string) => ({
  __typename: 'Item',
  id,
  name: `Item ${id}`,
  price: 12.5,
  isOnSale: true,
  description: `What item ${id} is, in a few words that take as much room as such texts do.`,
})

export const reviewed = (id: string) => ({
  __typename: 'Item',
  id,
  rating: 4.5,
  reviews: [1, 2].map((stars) => ({ __typename: 'Review', stars, text: 'It does what it should.' })),
})
