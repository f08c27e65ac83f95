import { execFile } from 'node:child_process'
import { readFile, stat } from 'node:fs/promises'
import { promisify } from 'node:util'
import { Supergraph } from '@apollo/federation-internals'
import { buildClientSchema, buildSchema, getIntrospectionQuery, type GraphQLSchema } from 'graphql'
import { supergraphVersion } from '../../platform/graphql/supergraph-version.ts'
import { parseJson } from '../../platform/json.ts'
import { CannotRunError } from './cannot-run.ts'
import { messageOf } from '../../platform/process/message-of.ts'

/** The schema that changes are measured from. */
export interface Base {
  name: string
  /** What clients see of it. */
  api: GraphQLSchema
  /** Of the supergraph's text; null when only the API is known. */
  version: string | null
  /** When it came to be, as `2026-11-21`; null when nobody knows. */
  day: string | null
}

/**
 * Reads a base: a file, a URL of a supergraph or of a GraphQL API, or a git revision, of which the point counts where
 * this branch left it.
 * @throws CannotRunError when there is no such base.
 */
export async function readBase(name: string): Promise<Base> {
  if (/^https?:\/\//.test(name)) return fromUrl(name)
  const isFile = await stat(name).then(
    (found) => found.isFile(),
    () => false,
  )
  return isFile ? baseOf(name, await readFile(name, 'utf8'), null) : fromGit(name)
}

const git = async (...args: string[]) =>
  (await promisify(execFile)('git', args, { maxBuffer: 100_000_000 })).stdout.trimEnd()

async function fromGit(name: string): Promise<Base> {
  const commit = await git('rev-parse', '--verify', '--quiet', `${name}^{commit}`).catch((error: unknown) => {
    throw new CannotRunError(
      `The base ${name} is neither a file nor a git revision that is known here. Fetch it (git fetch origin ${name}), or name another with --base.`,
      { cause: error },
    )
  })
  const left = await git('merge-base', commit, 'HEAD').catch(() => commit)
  const sdl = await promisify(execFile)('git', ['show', `${left}:schema/supergraph.graphql`], {
    maxBuffer: 100_000_000,
  }).catch((error: unknown) => {
    throw new CannotRunError(`The base ${name} has no schema/supergraph.graphql.`, { cause: error })
  })
  const day = (await git('show', '-s', '--format=%cI', left)).slice(0, 10)
  return baseOf(name, sdl.stdout, day)
}

async function fromUrl(name: string): Promise<Base> {
  const text = await textAt(name)
  if (text !== null && isSchema(text)) return baseOf(name, text, null)
  const answer = await textAt(name, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: getIntrospectionQuery({ specifiedByUrl: true, inputValueDeprecation: true }) }),
  })
  const told = introspectionOf(parseJson(answer ?? ''))
  if (!told) throw new CannotRunError(`The base ${name} answers neither a supergraph nor introspection.`)
  return { name, api: told, version: null, day: null }
}

/** How long a base may take to answer, in ms. */
const DEADLINE = 10_000

async function textAt(url: string, options: RequestInit = {}): Promise<string | null> {
  try {
    const response = await fetch(url, { ...options, signal: AbortSignal.timeout(DEADLINE) })
    return response.ok ? await response.text() : null
  } catch (error) {
    throw new CannotRunError(`The base ${url} cannot be reached.`, { cause: error })
  }
}

function isSchema(text: string): boolean {
  try {
    return Boolean(apiOf(text))
  } catch {
    return false
  }
}

function introspectionOf(answer: unknown): GraphQLSchema | null {
  if (typeof answer !== 'object' || answer === null || !('data' in answer)) return null
  try {
    return buildClientSchema(JSON.parse(JSON.stringify(answer.data)))
  } catch {
    return null
  }
}

function baseOf(name: string, sdl: string, day: string | null): Base {
  try {
    return { name, api: apiOf(sdl), version: supergraphVersion(sdl), day }
  } catch (error) {
    const reason = messageOf(error)
    throw new CannotRunError(`The base ${name} is no schema: ${reason}`, { cause: error })
  }
}

/** What clients see of a supergraph, or of a schema that is what they see. */
function apiOf(sdl: string): GraphQLSchema {
  return sdl.includes('join__Graph') ? Supergraph.build(sdl).apiSchema().toGraphQLJSSchema() : buildSchema(sdl)
}
