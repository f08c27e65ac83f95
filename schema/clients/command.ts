import { stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { generate } from '@graphql-codegen/cli'
import { buildSchema } from 'graphql'
import { operationLimitSettings } from '../../platform/graphql/limits/operation-limit-settings.ts'
import { readSettings } from '../../platform/process/settings.ts'
import { CannotRunError } from '../check/cannot-run.ts'
import { readSchemaFile } from '../files.ts'
import { inALine } from '../problems.ts'
import { extractDocuments } from './extract.ts'
import { manifestOf } from './manifest.ts'
import { operationsOf } from './operations.ts'

/**
 * Extracts, validates, lints and prices the operations of a client's folder, and writes its manifest and typed
 * documents. Nothing is written when something is wrong.
 * @returns the exit code: 0, or 1 when something is wrong.
 * @throws CannotRunError when there is no such folder.
 */
export async function prepareOperations([folder, ...more]: string[]): Promise<number> {
  const isFolder = folder !== undefined && (await stat(folder).catch(() => null))?.isDirectory()
  if (!isFolder || more.length > 0)
    throw new CannotRunError(
      `${folder ?? 'No folder'}: name the folder of a client, such as npm run operations -- examples/node-client`,
    )
  const { documents, problems: unreadable } = await extractDocuments(folder)
  const api = buildSchema(await readSchemaFile('api'))
  const supergraph = buildSchema(await readSchemaFile('supergraph'), { assumeValid: true })
  const { operations, problems, warnings } = operationsOf(
    documents,
    api,
    supergraph,
    readSettings(operationLimitSettings),
  )
  const wrong = [...unreadable, ...problems]
  for (const problem of wrong) process.stderr.write(`${inALine(problem)}\n`)
  for (const warning of warnings) process.stderr.write(`warning: ${inALine(warning)}\n`)
  if (wrong.length > 0) return 1
  const manifest = join(folder, 'persisted-query-manifest.json')
  await writeFile(manifest, manifestOf(operations))
  await writeTypes(folder)
  const lines = operations.map(({ name, type, cost }) => `${name.padEnd(30)} ${type.padEnd(9)} costs ${cost}`)
  process.stdout.write(`${lines.join('\n')}\nWritten: ${manifest}, ${join(folder, 'gql')}/\n`)
  return 0
}

/** Typed documents, and the members of abstract types: the client preset of GraphQL Code Generator. */
async function writeTypes(folder: string): Promise<void> {
  const types = {
    preset: 'client',
    presetConfig: { fragmentMasking: false },
    config: {
      useTypeImports: true,
      enumsAsTypes: true,
      importExtension: '.ts',
      scalars: SCALARS,
      // Apollo Client asks for it everywhere but at the root.
      nonOptionalTypename: true,
      skipTypeNameForRoot: true,
    },
  } as const
  await generate(
    {
      schema: 'schema/api.graphql',
      documents: [`${folder}/**/*.{ts,tsx,js,jsx,graphql,gql}`, `!${folder}/gql/**`],
      silent: true,
      emitLegacyCommonJSImports: false,
      generates: {
        [`${join(folder, 'gql')}/`]: types,
        [join(folder, 'gql/possible-types.ts')]: POSSIBLE_TYPES,
      },
    },
    true,
  )
}

/** Which types an interface or a union has: Apollo Client's cache has to know. */
const POSSIBLE_TYPES = { plugins: ['fragment-matcher'] }

/** How scalars travel as JSON. */
const SCALARS = { DateTime: 'string', Decimal: 'string', EmailAddress: 'string' }
