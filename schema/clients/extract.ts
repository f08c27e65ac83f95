import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gqlPluckFromCodeString } from '@graphql-tools/graphql-tag-pluck'
import { GraphQLError, parse, Source, type DocumentNode } from 'graphql'
import type { Problem } from '../problems.ts'

const CODE = /\.(ts|tsx|mts|js|jsx|mjs)$/
const DOCUMENTS = /\.(graphql|gql)$/
/** Folders that hold no source of the client. */
const LEFT_OUT = /(^|\/)(node_modules|gql|dist|build|\.[^/]+)\//

/** Every GraphQL document in the files of a client: of their own, or in tags such as gql and graphql. */
export async function extractDocuments(folder: string): Promise<{ documents: DocumentNode[]; problems: Problem[] }> {
  const names = (await readdir(folder, { recursive: true })).map((name) => name.replaceAll('\\', '/'))
  const files = names.filter((name) => (CODE.test(name) || DOCUMENTS.test(name)) && !LEFT_OUT.test(name)).sort()
  const problems: Problem[] = []
  const found = await Promise.all(
    files.map(async (name) => {
      const sources = await sourcesIn(join(folder, name))
      return sources.map((source) => parsed(source, problems))
    }),
  )
  return { documents: found.flat().filter((each) => each !== null), problems }
}

async function sourcesIn(file: string): Promise<Source[]> {
  const text = await readFile(file, 'utf8')
  if (DOCUMENTS.test(file)) return [new Source(text, file)]
  const plucked = await gqlPluckFromCodeString(file, text)
  return plucked.map(({ body, locationOffset }) => new Source(body, file, locationOffset))
}

function parsed(source: Source, problems: Problem[]): DocumentNode | null {
  try {
    return parse(source)
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error
    const line = (error.locations?.[0]?.line ?? 1) + source.locationOffset.line - 1
    problems.push({ file: source.name, line, message: error.message })
    return null
  }
}
