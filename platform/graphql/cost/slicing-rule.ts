import {
  GraphQLError,
  isInterfaceType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLField,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql'
import { listSizeIn } from './directives.ts'

/**
 * Refuses lists that are asked for without the one slicing argument that `@listSize` requires, unless it says otherwise
 * (`requireOneSlicingArgument`). A variable counts as an argument; so does a default, where no argument is given.
 * @param supergraph with the directives, which the schema that clients see does not have
 */
export function slicingRule(supergraph: GraphQLSchema): ValidationRule {
  return (context) => ({
    Field(node) {
      const seen = context.getFieldDef()
      if (!seen) return
      const parent = supergraph.getType(context.getParentType()?.name ?? '')
      const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[node.name.value] : undefined
      const wanted = field && missingIn(supergraph, field, node)?.filter((name) => hasArgument(seen, name))
      if (wanted?.length) context.reportError(new GraphQLError(messageOf(node, wanted), { nodes: node }))
    },
  })
}

const hasArgument = ({ args }: GraphQLField<unknown, unknown>, wanted: string) =>
  args.some(({ name }) => name === wanted)

/** The arguments of which a field has not exactly one; undefined if nothing is wrong. */
function missingIn(
  supergraph: GraphQLSchema,
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): string[] | undefined {
  const { slicingArguments = [], isOneRequired } = listSizeIn(supergraph, field) ?? {}
  if (!isOneRequired || slicingArguments.length === 0) return undefined
  const given = node.arguments?.filter(
    ({ name, value }) => value.kind !== Kind.NULL && slicingArguments.includes(name.value),
  )
  const count = given?.length ?? 0
  const hasDefault = field.args.some(
    ({ name, defaultValue }) => defaultValue !== undefined && slicingArguments.includes(name),
  )
  return count === 1 || (count === 0 && hasDefault) ? undefined : slicingArguments
}

function messageOf({ name }: FieldNode, wanted: string[]): string {
  const which = wanted.length > 1 ? `exactly one of the arguments ${wanted.join(', ')}` : `the argument ${wanted[0]}`
  return `Field "${name.value}" has to say how many objects are asked for: give it ${which}.`
}
