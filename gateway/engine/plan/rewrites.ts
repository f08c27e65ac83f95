import { isAbstractType, isInterfaceType, isObjectType, type GraphQLSchema } from 'graphql'
import type { FetchDataRewrite } from '@apollo/query-planner'
import { isObject } from '../../../platform/json.ts'
import { readOwn, setOwn, type Data } from '../own.ts'

/** Changes what goes to a subgraph, or what came from it, in place: names that differ between it and the supergraph. */
export type Rewrite = (value: unknown) => void

const FRAGMENT = '... on '

/** @param schema the supergraph's own, with the types that clients cannot see. */
export function rewriteOf(schema: GraphQLSchema, rewrites: FetchDataRewrite[] | undefined): Rewrite | null {
  if (!rewrites || rewrites.length === 0) return null
  const all = rewrites.map((rewrite) => atPath(schema, rewrite.path.slice(0, -1), changeOf(rewrite)))
  return (value) => {
    for (const rewrite of all) rewrite(value)
  }
}

function changeOf(rewrite: FetchDataRewrite): (object: Data) => void {
  const name = rewrite.path.at(-1) ?? ''
  if (rewrite.kind === 'ValueSetter') return (object) => setOwn(object, name, rewrite.setValueTo)
  return (object) => {
    const value = readOwn(object, name)
    if (value === undefined || value === null) return
    setOwn(object, rewrite.renameKeyTo, value)
    setOwn(object, name, undefined)
  }
}

function atPath(schema: GraphQLSchema, path: string[], change: (object: Data) => void): Rewrite {
  const [first, ...rest] = path
  if (first === undefined) return eachObject(change)
  const next = atPath(schema, rest, change)
  if (first.startsWith(FRAGMENT)) {
    const condition = first.slice(FRAGMENT.length)
    return eachObject((object) => {
      if (object.__typename === undefined || isOfType(schema, object.__typename, condition)) next(object)
    })
  }
  return eachObject((object) => next(readOwn(object, first)))
}

function eachObject(change: (object: Data) => void): Rewrite {
  return function visit(value) {
    if (Array.isArray(value)) for (const element of value) visit(element)
    else if (isObject(value)) change(value)
  }
}

/** Whether an object that says it is of a type is also one of another. */
export function isOfType(schema: GraphQLSchema, typename: unknown, condition: string): boolean {
  if (typename === condition) return true
  const [type, wanted] = [schema.getType(String(typename)), schema.getType(condition)]
  return isAbstractType(wanted) && (isObjectType(type) || isInterfaceType(type)) && schema.isSubType(wanted, type)
}
