import {
  isObjectType,
  Kind,
  print,
  type InlineFragmentNode,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql'
import type { Data } from '../engine/own.ts'
import { readOwn } from '../engine/own.ts'
import type { Viewer } from '../../platform/identity/viewer.ts'
import type { Part } from './parts.ts'
import { partKindOf, partOf, type Caching, type PartKind } from './caching.ts'
import { inlined } from './inlined.ts'
import { policyOfEntity } from './policy.ts'

/** A fetch of entities whose answers may be kept, some of them at least. */
export interface CachedEntities {
  kind: 'entities'
  /** Whether all of it may be shown to everyone: then it is asked for as nobody. */
  isPublic: boolean
  /** @param representation of the entity, as JSON; @param variables of the fetch, as JSON */
  partOf: (object: Data, representation: string, variables: string, viewer: Viewer | null) => Part
}

/** Prepares a fetch of entities; null when nothing of it may be kept. @param operation what the subgraph is sent */
export function cachedEntitiesOf(caching: Caching, subgraph: string, operation: string): CachedEntities | null {
  const definition = inlined(operation)
  const selections = definition && selectionsByType(definition)
  if (!selections) return null
  // The defaults of variables are part of what the answer depends on.
  const defaults = (definition.variableDefinitions ?? []).map(print).join('')
  const kinds = new Map<string, PartKind | null>()
  for (const [typename, { selectionSet, text }] of selections) {
    if (!isObjectType(caching.schema.getType(typename))) return null
    const policy = policyOfEntity(caching.schema, typename, selectionSet)
    kinds.set(typename, partKindOf(caching, subgraph, typename, defaults + text, policy))
  }
  const all = [...kinds.values()]
  if (all.every((kind) => kind === null)) return null
  const isPublic = all.every((kind) => kind !== null && !kind.policy.isPrivate)
  return {
    kind: 'entities',
    isPublic,
    partOf(object, representation, variables, viewer) {
      const subject = String(object.__typename)
      const inputs = `${variables}\n${representation}`
      const read = (name: string) => readOwn(object, name)
      return partOf(kinds.get(subject) ?? null, { subject, inputs, read, viewer, isPublic })
    },
  }
}

/** What is asked of one type. */
interface Selected {
  selectionSet: SelectionSetNode
  text: string
}

/** What is asked of each type; null when that is not plainly said by type. */
function selectionsByType({ selectionSet: root }: OperationDefinitionNode): Map<string, Selected> | null {
  const [entities, ...others] = root.selections
  if (entities?.kind !== Kind.FIELD || entities.name.value !== '_entities' || others.length > 0) return null
  const fragments = (entities.selectionSet?.selections ?? []).filter(isOfType)
  if (fragments.length !== entities.selectionSet?.selections.length) return null
  const found = new Map<string, Selected>()
  for (const fragment of fragments) {
    const name = fragment.typeCondition.name.value
    const { selectionSet, text = '' } = found.get(name) ?? {}
    const selections = [...(selectionSet?.selections ?? []), ...fragment.selectionSet.selections]
    // The text as a whole: directives on a fragment decide what the answer has, too.
    found.set(name, { selectionSet: { ...fragment.selectionSet, selections }, text: text + print(fragment) })
  }
  return found
}

type OfType = InlineFragmentNode & { typeCondition: NonNullable<InlineFragmentNode['typeCondition']> }

function isOfType(selection: { kind: Kind }): selection is OfType {
  return (
    selection.kind === Kind.INLINE_FRAGMENT && 'typeCondition' in selection && selection.typeCondition !== undefined
  )
}
