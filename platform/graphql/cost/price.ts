import { Kind, valueFromASTUntyped, type ValueNode } from 'graphql'

export type Variables = Record<string, unknown>

/** A number, or one that depends on variables. */
export type Price = number | ((variables: Variables) => number)

/** What is read from a value of the document, which may be a variable or hold some. */
export function dependingOn(node: ValueNode, read: (value: unknown) => number): Price {
  if (!hasVariable(node)) return read(valueFromASTUntyped(node))
  if (node.kind !== Kind.VARIABLE) return (variables) => read(valueFromASTUntyped(node, variables))
  const name = node.name.value
  return (variables) => read(variables[name])
}

function hasVariable(node: ValueNode): boolean {
  if (node.kind === Kind.LIST) return node.values.some(hasVariable)
  if (node.kind === Kind.OBJECT) return node.fields.some(({ value }) => hasVariable(value))
  return node.kind === Kind.VARIABLE
}

export const at = (price: Price, variables: Variables): number => (typeof price === 'number' ? price : price(variables))

export function sum(prices: Price[]): Price {
  const fixed = prices.reduce<number>((total, price) => total + (typeof price === 'number' ? price : 0), 0)
  const others = prices.filter((price) => typeof price !== 'number')
  if (others.length === 0) return fixed
  return (variables) => others.reduce((total, price) => total + price(variables), fixed)
}

export function times(one: Price, other: Price): Price {
  if (one === 1) return other
  if (typeof one === 'number' && typeof other === 'number') return one * other
  return (variables) => at(one, variables) * at(other, variables)
}
