import {
  getNamedType,
  isInputObjectType,
  type FieldNode,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLSchema,
} from 'graphql'
import { weightIn } from './directives.ts'
import { dependingOn, sum, type Price } from './price.ts'

type Input = GraphQLArgument | GraphQLInputField

interface Weighed {
  /** What `@cost` says of it, or of its type. */
  weight: number | undefined
  /** What an input object has inside. */
  fields: Record<string, GraphQLInputField> | undefined
}

/**
 * What arguments cost: as much as `@cost` says; input objects 1 where it says nothing, and what is inside them; lists
 * what their items do, and what `@cost` says once more. What is null or not there costs nothing.
 */
export class InputPrices {
  readonly #schema: GraphQLSchema
  readonly #known = new Map<Input, Weighed>()

  constructor(schema: GraphQLSchema) {
    this.#schema = schema
  }

  ofArguments({ args }: GraphQLField<unknown, unknown>, node: FieldNode): Price {
    const prices = args.map((argument) => {
      const given = node.arguments?.find(({ name }) => name.value === argument.name)
      const { weight, fields } = this.#weigh(argument)
      const isFree = !fields && !weight
      return !given || isFree ? 0 : dependingOn(given.value, (value) => this.#ofValue(argument, value))
    })
    return sum(prices)
  }

  #ofValue(input: Input, value: unknown): number {
    if (value === null || value === undefined) return 0
    const { weight, fields } = this.#weigh(input)
    if (Array.isArray(value)) return value.reduce<number>((all, each) => all + this.#ofValue(input, each), weight ?? 0)
    if (!fields || typeof value !== 'object') return weight ?? 0
    const given = new Map<string, unknown>(Object.entries(value))
    // A default counts as what it stands for, as it does where variables were coerced.
    return Object.values(fields).reduce(
      (all, field) => all + this.#ofValue(field, given.has(field.name) ? given.get(field.name) : field.defaultValue),
      weight ?? 1,
    )
  }

  #weigh(input: Input): Weighed {
    const known = this.#known.get(input)
    if (known) return known
    const type = getNamedType(input.type)
    const weighed = {
      weight: weightIn(this.#schema, input) ?? weightIn(this.#schema, type),
      fields: isInputObjectType(type) ? type.getFields() : undefined,
    }
    this.#known.set(input, weighed)
    return weighed
  }
}
