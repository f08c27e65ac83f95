import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { buildSubgraphSchema } from '@apollo/subgraph'
import { parse, type GraphQLSchema } from 'graphql'
import { enforceAccess } from '../graphql/access.ts'
import { scalars } from '../graphql/scalars.ts'
import { refuseMalformedText } from '../graphql/well-formed.ts'
import { moneyResolvers } from '../money.ts'
import type { SubgraphDefinition } from './definition.ts'

const SCHEMA_FOLDER = join(import.meta.dirname, '../../schema')

/** The SDL of a subgraph: what all share, and its own. */
export async function readSubgraphSdl(name: string): Promise<string> {
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
  const schema = buildSubgraphSchema([
    {
      typeDefs: parse(await readSubgraphSdl(name)),
      resolvers: { ...resolvers, ...scalarsUsedBy(name), Money: moneyResolvers },
    },
  ])
  refuseMalformedText(schema)
  enforceAccess(schema, owners)
  return schema
}

function scalarsUsedBy(name: string) {
  const { EmailAddress, ...common } = scalars
  return name === 'users' ? { ...common, EmailAddress } : common
}
