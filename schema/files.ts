import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { GraphQLError, Kind, parse, Source, type DocumentNode } from 'graphql'
import { inALine, type Problem } from './problems.ts'
import { subgraphs } from './subgraphs.ts'

/** The text of a schema file in this folder, by its name without `.graphql`. */
export function readSchemaFile(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, `${name}.graphql`), 'utf8')
}

/** The schema files do not fit together, or one of them is no schema. */
export class CompositionError extends Error {
  override name = 'CompositionError'
  readonly problems: Problem[]

  constructor(problems: Problem[]) {
    super(problems.map(({ message }) => message).join('\n'))
    this.problems = problems
  }

  /** What is wrong, a line each, for who runs a command. */
  asText(): string {
    return `The schema files do not compose:\n${this.problems.map((problem) => `- ${inALine(problem)}`).join('\n')}`
  }
}

/** A subgraph's own schema file. */
export interface SchemaFile {
  /** The subgraph's name. */
  name: string
  url: string
  document: DocumentNode
}

/**
 * Reads and parses every subgraph's file, and the one that they share.
 * @throws CompositionError with every file that cannot be read or is no schema.
 */
export async function readSchemaFiles(): Promise<{ common: DocumentNode; own: SchemaFile[] }> {
  const problems: Problem[] = []
  const common = await parsed('common', problems)
  const own = await Promise.all(
    subgraphs.map(async ({ name, port }) => ({
      name,
      url: `http://127.0.0.1:${port}/graphql`,
      document: await parsed(name, problems),
    })),
  )
  if (problems.length > 0) throw new CompositionError(problems)
  return { common, own }
}

async function parsed(name: string, problems: Problem[]): Promise<DocumentNode> {
  const file = `schema/${name}.graphql`
  try {
    return parseSchema(await readSchemaFile(name), file)
  } catch (error) {
    problems.push(problemOf(error, file))
    return parseSchema('type Nothing', file)
  }
}

/** @throws GraphQLError when a text is no schema. */
export const parseSchema = (sdl: string, file: string): DocumentNode => parse(new Source(sdl, file))

/** A subgraph's schema: what all share, and its own. */
export function joined(common: DocumentNode, own: DocumentNode): DocumentNode {
  return { kind: Kind.DOCUMENT, definitions: [...common.definitions, ...own.definitions] }
}

function problemOf(error: unknown, file: string): Problem {
  if (error instanceof GraphQLError) {
    const { line = 0, column = 0 } = error.locations?.[0] ?? {}
    return { file, line, message: `${error.message} (column ${column})` }
  }
  return { file, line: 0, message: 'The file cannot be read: add it, or take its line out of schema/subgraphs.ts.' }
}
