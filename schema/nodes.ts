import { Kind, print, type DocumentNode, type ObjectTypeDefinitionNode } from 'graphql'

const HEAD = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective", "@key", "@listSize", "@shareable"])

"What can be read."
type Query {
  "Any object by its id; null when there is none, or you may not see it."
  node(
    "The id of an object of any type."
    id: ID!
  ): Node @public

  "Objects by their ids, in the same order, with null for what is missing or not to be seen: at most 100, and an error when there are more."
  nodes(
    "The ids of up to 100 objects of any type."
    ids: [ID!]!
  ): [Node]! @public @listSize(assumedSize: 100)
}
`

/** The subgraph of `node` and `nodes`: a stub for every entity that implements Node, in the files of the others. */
export function nodesSubgraphSdl(documents: DocumentNode[]): string {
  const entities = documents
    .flatMap(({ definitions }) => definitions.filter((definition) => definition.kind === Kind.OBJECT_TYPE_DEFINITION))
    .filter(isNode)
  return [HEAD, ...entities.map(stubOf)].join('\n')
}

function isNode({ interfaces, directives }: ObjectTypeDefinitionNode): boolean {
  return Boolean(
    interfaces?.some(({ name }) => name.value === 'Node') && directives?.some(({ name }) => name.value === 'key'),
  )
}

function stubOf({ name, description, fields }: ObjectTypeDefinitionNode): string {
  const id = fields?.find((field) => field.name.value === 'id')
  return `${description ? `${print(description)}\n` : ''}type ${name.value} implements Node @key(fields: "id", resolvable: false) {\n${id ? indent(print(id)) : ''}\n}\n`
}

const indent = (text: string) => text.replace(/^/gm, '  ')
