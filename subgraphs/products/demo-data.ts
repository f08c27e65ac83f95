import { newId } from '../../platform/ids.ts'
import type { Queries } from '../../platform/postgres/database.ts'
import { insertProduct } from './store.ts'

const KINDS = [
  { code: 'MUG', name: 'mug', description: 'Holds 300 ml and keeps them warm. Dishwasher safe.', cents: 1_290n },
  { code: 'LAMP', name: 'desk lamp', description: 'Warm light, dimmable, with a cable of 1.8 m.', cents: 4_900n },
  { code: 'NOTE', name: 'notebook', description: '192 dotted pages that lie flat.', cents: 950n },
  { code: 'BAG', name: 'shoulder bag', description: 'Room for a laptop of 15 inches and lunch.', cents: 7_450n },
  { code: 'CLOCK', name: 'wall clock', description: 'Runs without ticking, 30 cm across.', cents: 3_600n },
]
const STYLES = ['Amber', 'Birch', 'Cobalt', 'Dune', 'Ember', 'Fern', 'Granite', 'Harbour', 'Ivory', 'Juniper']

/** A catalogue of 50 products. */
export async function writeDemoData(queries: Queries): Promise<void> {
  for (const kind of KINDS) {
    for (const [index, style] of STYLES.entries()) {
      const price = { minorUnits: kind.cents + BigInt(index * 100), currencyCode: 'EUR' as const }
      const fields = { name: `${style} ${kind.name}`, description: kind.description, price }
      await insertProduct(queries, newId('product'), `${kind.code}-${style.toUpperCase()}`, fields)
    }
  }
}
