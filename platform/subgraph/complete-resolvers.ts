import type { GraphQLScalarType } from 'graphql'

/**
 * The resolvers that a subgraph must write: one for every field that its rows do not already hold, and one for every
 * reference to its entities. A generated type makes all optional; with this one a forgotten resolver, or a row whose
 * field has another type than the schema, fails the type check.
 */
export type CompleteResolvers<Resolvers, Parents> = Resolvers & {
  [Type in keyof Resolvers as Needed<Resolvers, Parents, Type> extends never ? never : Type]-?: Required<
    Pick<NonNullable<Resolvers[Type]>, Needed<Resolvers, Parents, Type>>
  >
}

/** Types whose resolvers every subgraph gets from the platform. */
type Shared = 'Money'

type Needed<Resolvers, Parents, Type extends keyof Resolvers> = Type extends Shared
  ? never
  : Type extends keyof Parents
    ? NonNullable<Resolvers[Type]> extends GraphQLScalarType
      ? never
      : NeededFields<NonNullable<Resolvers[Type]>, Parents[Type]>
    : never

type NeededFields<Fields, Parent> = {
  [Name in keyof Fields]-?: Name extends '__resolveReference'
    ? Name
    : Name extends `__${string}`
      ? never
      : IsHeld<Parent, Name, ResultOf<Fields[Name]>> extends true
        ? never
        : Name
}[keyof Fields]

/** Whether a row holds a field itself, as a value or as a function without arguments. */
type IsHeld<Parent, Name, Result> = Name extends keyof Parent
  ? [Parent[Name]] extends [never]
    ? false
    : Parent[Name] extends Result | (() => Result | Promise<Result>)
      ? true
      : false
  : false

type ResultOf<Field> = Awaited<ReturnType<Extract<NonNullable<Field>, (...values: never[]) => unknown>>>
