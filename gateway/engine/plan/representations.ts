import type { GraphQLSchema } from 'graphql'
import type { QueryPlanFieldNode, QueryPlanSelectionNode } from '@apollo/query-planner'
import { isObject } from '../../../platform/json.ts'
import { readOwn, setOwn, type Data } from '../own.ts'
import { quote } from '../shape/quote.ts'
import { mergeInto } from './merge.ts'
import { isOfType, type Rewrite } from './rewrites.ts'

/** Writes how a subgraph is told of an object, as JSON; null when the object is none that it is asked about. */
export type RepresentationWriter = (object: Data) => string | null

/** @param rewrite what the subgraph calls otherwise. */
export function representationWriter(
  schema: GraphQLSchema,
  requires: QueryPlanSelectionNode[],
  rewrite: Rewrite | null,
): RepresentationWriter {
  const writers = new Map<unknown, RepresentationWriter>()
  return (object) => {
    const known = writers.get(object.__typename)
    if (known) return known(object)
    const writer = writerFor(schema, requires, rewrite, object.__typename)
    // Types are those of the schema, so there are few; what a subgraph makes up is not remembered.
    if (schema.getType(String(object.__typename))) writers.set(object.__typename, writer)
    return writer(object)
  }
}

/** Most representations are a type and some scalars, and can be written at once; others are built first. */
function writerFor(
  schema: GraphQLSchema,
  requires: QueryPlanSelectionNode[],
  rewrite: Rewrite | null,
  typename: unknown,
): RepresentationWriter {
  const [only, ...others] = requires.filter(
    (each) => each.kind === 'Field' || (each.typeCondition && isOfType(schema, typename, each.typeCondition)),
  )
  const isFlat =
    only?.kind === 'InlineFragment' &&
    others.length === 0 &&
    only.selections.every((each) => each.kind === 'Field' && !each.selections)
  if (isFlat && !rewrite) return flatWriter(only.selections.filter((each) => each.kind === 'Field'))
  return (object) => {
    const built = build(schema, object, requires)
    if (!built?.__typename) return null
    rewrite?.(built)
    return JSON.stringify(built)
  }
}

function flatWriter(selections: QueryPlanFieldNode[]): RepresentationWriter {
  const names = [...new Set(selections.map(responseNameOf))]
  if (!names.includes('__typename')) return () => null
  const fields = names.map((name, index) => ({
    name,
    label: `${index === 0 ? '{' : ','}${quote(name)}:`,
    isRequired: name === '__typename',
  }))
  return (object) => {
    let text = ''
    for (const { name, label, isRequired } of fields) {
      const value = readOwn(object, name)
      if (value === undefined || (isRequired && !value)) return null
      text += label + (typeof value === 'string' ? quote(value) : JSON.stringify(value))
    }
    return `${text}}`
  }
}

const responseNameOf = ({ alias, name }: QueryPlanFieldNode) => alias ?? name

/** What a selection finds in an object; null when something of it is missing. */
function build(schema: GraphQLSchema, source: unknown, selections: readonly QueryPlanSelectionNode[]): Data | null {
  if (!isObject(source)) return null
  const result: Data = {}
  for (const selection of selections) {
    if (selection.kind === 'InlineFragment') {
      if (selection.typeCondition && isOfType(schema, source.__typename, selection.typeCondition))
        mergeInto(result, build(schema, source, selection.selections))
      continue
    }
    const name = responseNameOf(selection)
    const value = valueOf(schema, readOwn(source, name), selection)
    if (value === undefined) return null
    setOwn(result, name, value)
  }
  return result
}

function valueOf(schema: GraphQLSchema, value: unknown, { selections }: QueryPlanFieldNode): unknown {
  if (!selections || value === undefined) return value
  if (Array.isArray(value)) return value.map((element) => build(schema, element, selections))
  return build(schema, value, selections)
}
