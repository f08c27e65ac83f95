import {
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql'
import type { Random } from '../chaos/random.ts'

/** An operation that was made up, with variables for it. */
export interface Generated {
  document: string
  variables: Record<string, unknown>
}

const DEEPEST = 5

/** Makes up operations of a schema: aliases, fragments, conditions, variables, at every depth. */
export class OperationGenerator {
  readonly #schema: GraphQLSchema
  readonly #random: Random
  #definitions: string[] = []
  #variables: Record<string, unknown> = {}
  #fragments: string[] = []
  #count = 0

  constructor(schema: GraphQLSchema, random: Random) {
    this.#schema = schema
    this.#random = random
  }

  next(): Generated {
    this.#definitions = []
    this.#variables = {}
    this.#fragments = []
    this.#count = 0
    const mutation = this.#schema.getMutationType()
    const isMutation = mutation && this.#random.next() < 0.1
    const root = isMutation ? mutation : this.#schema.getQueryType()
    if (!root) throw new Error('the schema has no queries')
    const selection = this.#selection(root, 0)
    const definitions = this.#definitions.length > 0 ? `(${this.#definitions.join(', ')})` : ''
    const document = `${isMutation ? 'mutation' : 'query'} Made${definitions} ${selection}\n${this.#fragments.join('\n')}`
    return { document, variables: this.#variables }
  }

  #selection(type: GraphQLCompositeType, depth: number): string {
    const parts: string[] = []
    const fields = 'getFields' in type ? Object.values(type.getFields()) : []
    const wanted = 1 + Math.floor(this.#random.next() * 4)
    for (let count = 0; count < wanted && fields.length > 0; count++)
      parts.push(this.#field(this.#random.pick(fields), depth))
    if (isAbstractType(type)) {
      for (const possible of this.#schema.getPossibleTypes(type))
        if (this.#random.next() < 0.6 && depth < DEEPEST) parts.push(this.#fragment(possible, depth))
    } else if (this.#random.next() < 0.15 && depth < DEEPEST) parts.push(this.#fragment(type, depth))
    if (isObjectType(type) && this.#random.next() < 0.1) {
      const [one] = type.getInterfaces()
      if (one && depth < DEEPEST) parts.push(this.#fragment(one, depth))
    }
    if (this.#random.next() < 0.25)
      parts.push(this.#random.next() < 0.5 ? '__typename' : `${this.#alias()}: __typename`)
    return `{ ${(parts.filter(Boolean).length > 0 ? parts : ['__typename']).join(' ')} }`
  }

  #field(field: GraphQLField<unknown, unknown>, depth: number): string {
    const type = getNamedType(field.type)
    if (isCompositeType(type) && depth >= DEEPEST) return '__typename'
    const args = field.args.map((argument) => this.#argument(argument)).filter((text) => text !== '')
    // The same field with other arguments, or in other conditions, needs a name of its own.
    const alias = args.length > 0 || this.#random.next() < 0.15 ? `${this.#alias()}: ` : ''
    const selection = isCompositeType(type) ? ` ${this.#selection(type, depth + 1)}` : ''
    return `${alias}${field.name}${args.length > 0 ? `(${args.join(', ')})` : ''}${this.#condition()}${selection}`
  }

  #fragment(type: GraphQLCompositeType, depth: number): string {
    const selection = this.#selection(type, depth + 1)
    if (this.#random.next() < 0.6) return `... on ${type.name}${this.#condition()} ${selection}`
    const name = `F${this.#count++}`
    this.#fragments.push(`fragment ${name} on ${type.name} ${selection}`)
    return `...${name}${this.#condition()}`
  }

  #condition(): string {
    const dice = this.#random.next()
    if (dice > 0.12) return ''
    const value = dice < 0.02 ? String(dice < 0.01) : `$${this.#variable('Boolean!', this.#random.next() < 0.5)}`
    return ` @${this.#random.next() < 0.5 ? 'include' : 'skip'}(if: ${value})`
  }

  /** Names that objects inherit are names like others. */
  #alias(): string {
    const names = ['a', 'b', 'constructor', 'toString', 'hasOwnProperty', 'valueOf']
    return `${this.#random.next() < 0.05 ? this.#random.pick(names.slice(2)) : this.#random.pick(names.slice(0, 2))}${this.#count++}`
  }

  #variable(type: string, value: unknown): string {
    const name = `v${this.#count++}`
    this.#definitions.push(`$${name}: ${type}`)
    if (value !== undefined) this.#variables[name] = value
    return name
  }

  #argument(argument: GraphQLArgument): string {
    if (!isRequiredArgument(argument) && this.#random.next() < 0.5) return ''
    const value = this.#value(argument.type)
    if (value === undefined) return ''
    const asVariable = this.#random.next() < 0.5
    return `${argument.name}: ${asVariable ? `$${this.#variable(String(argument.type), value)}` : literal(value, argument.type)}`
  }

  #value(type: GraphQLInputType): unknown {
    if (!isNonNullType(type) && this.#random.next() < 0.1) return null
    const nullable = getNullableType(type)
    if (isListType(nullable)) return [this.#value(nullable.ofType)]
    if (isEnumType(nullable)) return this.#random.pick(nullable.getValues()).name
    if (isInputObjectType(nullable)) {
      const fields = Object.values(nullable.getFields()).filter(
        (field) => isNonNullType(field.type) || this.#random.next() < 0.3,
      )
      return Object.fromEntries(fields.map((field) => [field.name, this.#value(field.type)]))
    }
    if (nullable.name === 'Int') return this.#random.between(1, 4)
    if (nullable.name === 'Float') return this.#random.between(1, 40) / 4
    if (nullable.name === 'Boolean') return this.#random.next() < 0.5
    return String(this.#random.between(0, 5))
  }
}

function literal(value: unknown, type: GraphQLInputType): string {
  const nullable = getNullableType(type)
  if (value === null) return 'null'
  if (isListType(nullable) && Array.isArray(value))
    return `[${value.map((each) => literal(each, nullable.ofType)).join(', ')}]`
  if (isEnumType(nullable)) return String(value)
  if (isInputObjectType(nullable)) {
    const fields = nullable.getFields()
    const parts = Object.entries(value ?? {}).flatMap(([name, each]) =>
      fields[name] ? [`${name}: ${literal(each, fields[name].type)}`] : [],
    )
    return `{ ${parts.join(', ')} }`
  }
  return JSON.stringify(value ?? null)
}
