import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { Kind, parse, type DocumentNode, type GraphQLScalarType, type GraphQLSchema } from 'graphql'
import { enforceAccess } from '../graphql/access.ts'
import { scalars } from '../graphql/scalars.ts'
import { refuseMalformedText } from '../graphql/well-formed.ts'
import { moneyResolvers } from '../money.ts'
import type { SubgraphDefinition } from './definition.ts'

const SCHEMA_FOLDER = join(import.meta.dirname, '../../schema')

/** The SDL of a subgraph: what all share, and its own. */
async function readSubgraphSdl(name: string): Promise<string> {
  const texts = await Promise.all(
    ['common', name].map((file) => readFile(join(SCHEMA_FOLDER, `${file}.graphql`), 'utf8')),
  )
  return texts.join('\n')
}

/** The executable schema of a subgraph, with its access rules enforced. */
export async function buildSchemaOf({
  name,
  resolvers,
  owners,
}: Pick<SubgraphDefinition, 'name' | 'resolvers' | 'owners'>): Promise<GraphQLSchema> {
  const typeDefs = parse(await readSubgraphSdl(name))
  const schema = buildSubgraphSchema([
    { typeDefs, resolvers: { ...resolvers, ...scalarsIn(typeDefs), Money: moneyResolvers } },
  ])
  refuseMalformedText(schema)
  enforceAccess(schema, owners)
  return schema
}

function scalarsIn({ definitions }: DocumentNode): Record<string, GraphQLScalarType> {
  const declared = new Set(
    definitions.map((each) => (each.kind === Kind.SCALAR_TYPE_DEFINITION ? each.name.value : '')),
  )
  return Object.fromEntries(Object.entries(scalars).filter(([scalar]) => declared.has(scalar)))
}
