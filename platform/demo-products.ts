import { createHash } from 'node:crypto'
import { idOf, type Id } from './ids.ts'
import type { Money } from './money.ts'

/** A product of the demo data, known beforehand so that every subgraph can write data for it. */
export interface DemoProduct {
  id: Id<'product'>
  sku: string
  name: string
  description: string
  price: Money
}

const KINDS = [
  { code: 'MUG', name: 'mug', description: 'Holds 300 ml and keeps them warm. Dishwasher safe.', cents: 1_290n },
  { code: 'LAMP', name: 'desk lamp', description: 'Warm light, dimmable, with a cable of 1.8 m.', cents: 4_900n },
  { code: 'NOTE', name: 'notebook', description: '192 dotted pages that lie flat.', cents: 950n },
  { code: 'BAG', name: 'shoulder bag', description: 'Room for a laptop of 15 inches and lunch.', cents: 7_450n },
  { code: 'CLOCK', name: 'wall clock', description: 'Runs without ticking, 30 cm across.', cents: 3_600n },
]
const STYLES = ['Amber', 'Birch', 'Cobalt', 'Dune', 'Ember', 'Fern', 'Granite', 'Harbour', 'Ivory', 'Juniper']

/** A catalogue of 50 products. */
export const demoProducts: DemoProduct[] = KINDS.flatMap(({ code, name, description, cents }) =>
  STYLES.map((style, index) => {
    const sku = `${code}-${style.toUpperCase()}`
    const price: Money = { minorUnits: cents + BigInt(index * 100), currencyCode: 'EUR' }
    return { id: demoProductId(sku), sku, name: `${style} ${name}`, description, price }
  }),
)

/** An id that follows from the SKU, in the form of a UUIDv7 of the first instant. */
function demoProductId(sku: string): Id<'product'> {
  const hash = createHash('sha256').update(sku).digest('hex')
  return idOf('product', `00000000-0000-7${hash.slice(0, 3)}-8${hash.slice(3, 6)}-${hash.slice(6, 18)}`)
}
