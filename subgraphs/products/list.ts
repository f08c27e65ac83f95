import { readSearch } from '../../platform/graphql/search.ts'
import { currencyCodes, parseAmount } from '../../platform/money.ts'
import { instant, integer, words, type SortOrder } from '../../platform/postgres/keyset.ts'
import type { ProductFilter, ProductOrder } from './generated.ts'
import type { Filter } from './store.ts'

/** How the catalogue is sorted in SQL. */
export function sortOrderOf({ field, direction }: ProductOrder): SortOrder {
  return { name: `${field} ${direction}`, ...sortKeys[field], direction }
}

const sortKeys = {
  NAME: { expression: 'lower(name)', type: words },
  PRICE: { expression: 'price_minor_units', type: integer },
  CREATED_AT: { expression: 'created_at', type: instant },
}

/** What a filter asks for: limits of prices hold for each currency by itself. */
export function readFilter({ search, currencyCode, minPrice, maxPrice }: ProductFilter): Filter {
  const prices = (currencyCode ? [currencyCode] : currencyCodes).map((code) => ({
    currencyCode: code,
    least: minPrice ? parseAmount(minPrice, code, 'up') : null,
    most: maxPrice ? parseAmount(maxPrice, code, 'down') : null,
  }))
  return { search: readSearch(search, 'filter.search'), prices }
}
