/** The typed result for inputs that break rules; see `InvalidInput` in `schema/common.graphql`. */
export interface InvalidInput {
  __typename: 'InvalidInput'
  message: string
  fields: InvalidField[]
}

export interface InvalidField {
  path: string[]
  message: string
}

/** Collects every broken rule of an input, so that a form can show them all at once. */
export class InputRules {
  readonly #broken: InvalidField[] = []

  /** States a rule: when it does not hold, the field at `path` is told `message`. */
  require(holds: boolean, path: string | string[], message: string): this {
    if (!holds) this.#broken.push({ path: [path].flat(), message })
    return this
  }

  /** Text of a number of characters (code points) between two bounds. */
  length(text: string | null | undefined, path: string, least: number, most: number): this {
    if (text === null || text === undefined) return this
    const size = [...text].length
    const bounds = least > 0 ? `${least} to ${most.toLocaleString('en')}` : `at most ${most.toLocaleString('en')}`
    return this.require(size >= least && size <= most, path, `Must be ${bounds} characters long.`)
  }

  /** Text that says something: not white space alone. */
  notBlank(text: string | null | undefined, path: string): this {
    return this.require(
      typeof text !== 'string' || text === '' || text.trim() !== '',
      path,
      'Must not be white space alone.',
    )
  }

  /** The result to return when a rule is broken; null when all hold. */
  result(): InvalidInput | null {
    const [first, ...others] = this.#broken
    return first ? invalidInput(first, ...others) : null
  }
}

/** The result for at least one broken rule. */
export function invalidInput(first: InvalidField, ...others: InvalidField[]): InvalidInput {
  return {
    __typename: 'InvalidInput',
    message: `${first.path.join('.')}: ${first.message}`,
    fields: [first, ...others],
  }
}
