import { Kind, print, visit, type DocumentNode } from 'graphql'

/**
 * A document without the values that stand in it, as those may be somebody's own: numbers become 0, texts ''. Names,
 * flags and enum values are of the schema, and stay, as do lists and objects around them.
 */
export function withoutLiterals(document: DocumentNode): string {
  return print(
    visit(document, {
      IntValue: () => ({ kind: Kind.INT, value: '0' }),
      FloatValue: () => ({ kind: Kind.FLOAT, value: '0' }),
      StringValue: () => ({ kind: Kind.STRING, value: '' }),
    }),
  )
}
