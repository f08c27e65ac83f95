import {
  defaultFieldResolver,
  isNonNullType,
  isObjectType,
  type GraphQLField,
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  type GraphQLSchema,
  type ConstDirectiveNode,
} from 'graphql'
import { forgetMutation, noteMutation } from '../audit/role-use.ts'
import { isId, type UserId } from '../ids.ts'
import { mayActFor, type Viewer } from '../identity/viewer.ts'
import type { CodedError } from './errors.ts'
import { ForbiddenError, UnauthenticatedError } from './errors.ts'

/** Who may read: the access directives of `schema/common.graphql`; what carries none is refused. */
export type Rule = 'public' | 'signedIn' | 'owner' | 'admin' | 'none'
const RULES: Rule[] = ['public', 'signedIn', 'owner', 'admin']

/** Which property of an object is the id of its owner, for each type with `@owner` on it or on one of its fields. */
export type Owners = Record<string, string>

/** Objects that are shown to somebody else than the request's viewer. */
const shownTo = new WeakMap<object, Viewer>()

/** Shows an object to who has just signed in: it is theirs, though the request was made by nobody yet. */
export function showTo<Shown extends object>(viewer: Viewer, object: Shown): Shown {
  shownTo.set(object, viewer)
  return object
}

/** Whom the fields of an object are resolved for. */
export function viewerOf(object: unknown, context: AccessContext): Viewer | null {
  const other = typeof object === 'object' && object !== null ? shownTo.get(object) : undefined
  return other ?? context.viewer
}

/** What every request's context has. */
export interface AccessContext {
  viewer: Viewer | null
}

/**
 * Wraps the resolvers of a subgraph's schema so that every root field, every entity and every field of an entity
 * is resolved only for viewers that its directive admits. A refused root field is null with an error; a refused
 * field of an object that one may see is plainly null.
 */
export function enforceAccess(schema: GraphQLSchema, owners: Owners): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    for (const field of Object.values(type.getFields())) {
      const rule = ruleOf(schema, type, field)
      if (rule !== 'public') field.resolve = guarded(field, rule, isRoot(schema, type), ownerOf(owners, type.name))
      if (type === schema.getMutationType()) field.resolve = noted(field, rule)
    }
  }
}

/**
 * The rule for a field: its own directive, else its entity's. Types that are neither root nor entity are reached
 * through fields that were checked, and an entity's key says no more than the one who asks knew already.
 */
export function ruleOf(schema: GraphQLSchema, type: GraphQLObjectType, field: GraphQLField<unknown, unknown>): Rule {
  if (FEDERATION_FIELDS.has(field.name)) return 'public'
  const own = directiveOf(field.astNode?.directives)
  if (own) return own
  if (isRoot(schema, type)) return 'none'
  if (!isEntity(type)) return 'public'
  const ofEntity = typeDirectives(type)
    .map((directive) => directiveOf([directive]))
    .find((rule) => rule !== undefined)
  return ofEntity ?? (field.name === 'id' ? 'public' : 'none')
}

/** The doors of federation: representations are resolved by reference resolvers, which guard themselves. */
const FEDERATION_FIELDS = new Set(['_entities', '_service'])

/** Whether a type can be referred to from other subgraphs. */
export function isEntity(type: GraphQLObjectType): boolean {
  return typeDirectives(type).some(({ name }) => name.value === 'key')
}

function isRoot(schema: GraphQLSchema, type: GraphQLObjectType): boolean {
  return type === schema.getQueryType() || type === schema.getMutationType()
}

function typeDirectives(type: GraphQLObjectType): ConstDirectiveNode[] {
  return [type.astNode, ...type.extensionASTNodes].flatMap((node) => node?.directives ?? [])
}

function directiveOf(directives: readonly ConstDirectiveNode[] = []): Rule | undefined {
  return RULES.find((rule) => directives.some(({ name }) => name.value === rule))
}

function ownerOf(owners: Owners, typeName: string): (object: unknown) => UserId | null {
  const property = owners[typeName]
  return (object) => {
    const id: unknown = property && typeof object === 'object' && object !== null ? Reflect.get(object, property) : null
    return typeof id === 'string' && isId('user', id) ? id : null
  }
}

type Resolver = GraphQLFieldResolver<unknown, AccessContext>

function guarded(
  field: GraphQLField<unknown, AccessContext>,
  rule: Rule,
  isRootField: boolean,
  owner: (object: unknown) => UserId | null,
): Resolver {
  const resolve: Resolver = field.resolve ?? defaultFieldResolver
  const isNullable = !isNonNullType(field.type)
  return (source, args, context, info) => {
    const refusal = refusalOf(rule, viewerOf(source, context), () => owner(source))
    if (!refusal) return resolve(source, args, context, info)
    if (isRootField || !isNullable) throw refusal
    return null
  }
}

/** A mutation: of one that is done by the right of a role the audit trail is told. */
function noted(field: GraphQLField<unknown, AccessContext>, rule: Rule): Resolver {
  const resolve: Resolver = field.resolve ?? defaultFieldResolver
  return (source, args: Record<string, unknown>, context, info) => {
    if (rule === 'admin') noteMutation(field.name, args)
    else forgetMutation()
    return resolve(source, args, context, info)
  }
}

function refusalOf(rule: Rule, viewer: Viewer | null, owner: () => UserId | null): CodedError | null {
  if (rule === 'public') return null
  if (rule === 'none') return new ForbiddenError('This field has no access rule, and is therefore refused.')
  if (!viewer) return new UnauthenticatedError()
  if (rule === 'signedIn') return null
  if (rule === 'admin') return viewer.role === 'ADMIN' ? null : new ForbiddenError()
  const userId = owner()
  if (userId === null) return viewer.role === 'ADMIN' ? null : new ForbiddenError()
  return mayActFor(viewer, userId) ? null : new ForbiddenError()
}
