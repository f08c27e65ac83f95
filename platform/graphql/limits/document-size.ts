import { Kind, type FieldNode, type FragmentDefinitionNode, type SelectionNode, type SelectionSetNode } from 'graphql'

/** What selections come to, with fragments in the place of their spreads. */
export interface Size {
  /** How deep fields are nested; without end where a fragment contains itself. */
  depth: number
  fields: number
  aliases: number
  directives: number
  /** Fields of the uppermost level, and how many of them try passwords. */
  roots: number
  signIns: number
}

type FragmentOf = (name: string) => FragmentDefinitionNode | null | undefined

/** Mutations that try passwords: several in one operation would be several guesses for one request. */
const SIGN_INS = new Set(['signIn', 'signUp'])

const NOTHING: Size = { depth: 0, fields: 0, aliases: 0, directives: 0, roots: 0, signIns: 0 }
const ENDLESS: Size = { ...NOTHING, depth: Infinity, fields: Infinity, roots: Infinity }

/** Measures selections; each fragment is measured once, however often it is spread. */
export class DocumentSizes {
  readonly #fragmentOf: FragmentOf
  /** One that is being measured contains itself, and is endless. */
  readonly #known = new Map<FragmentDefinitionNode, Size>()

  constructor(fragmentOf: FragmentOf) {
    this.#fragmentOf = fragmentOf
  }

  of({ selections }: SelectionSetNode): Size {
    return selections.reduce((size, selection) => together(size, this.#ofSelection(selection)), NOTHING)
  }

  #ofSelection(selection: SelectionNode): Size {
    const directives = selection.directives?.length ?? 0
    if (selection.kind === Kind.FIELD) return this.#ofField(selection, directives)
    const inside = this.#insideOf(selection)
    if (!inside) return { ...NOTHING, directives }
    const size = inside.kind === Kind.FRAGMENT_DEFINITION ? this.#ofFragment(inside) : this.of(inside.selectionSet)
    return { ...size, directives: size.directives + directives }
  }

  /** Introspection is as deep as its types are, and harmless. */
  #ofField({ name, alias, selectionSet }: FieldNode, directives: number): Size {
    const inside = selectionSet ? this.of(selectionSet) : NOTHING
    return {
      depth: name.value.startsWith('__') ? 1 : inside.depth + 1,
      fields: inside.fields + 1,
      aliases: inside.aliases + (alias ? 1 : 0),
      directives: inside.directives + directives,
      roots: 1,
      signIns: SIGN_INS.has(name.value) ? 1 : 0,
    }
  }

  #insideOf(selection: Exclude<SelectionNode, FieldNode>) {
    return selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragmentOf(selection.name.value)
  }

  #ofFragment(fragment: FragmentDefinitionNode): Size {
    const known = this.#known.get(fragment)
    if (known) return known
    this.#known.set(fragment, ENDLESS)
    const size = this.of(fragment.selectionSet)
    this.#known.set(fragment, size)
    return size
  }
}

function together(one: Size, other: Size): Size {
  return {
    depth: Math.max(one.depth, other.depth),
    fields: one.fields + other.fields,
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    roots: one.roots + other.roots,
    signIns: one.signIns + other.signIns,
  }
}
