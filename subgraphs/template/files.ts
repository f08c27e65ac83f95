import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Edit } from './edits.ts'
import type { Words } from './words.ts'

const TEMPLATE = import.meta.dirname

/** Where the files of the template go that do not stay in the subgraph's folder. */
const ELSEWHERE: Record<string, (words: Words) => string> = {
  'schema.graphql': ({ name }) => `schema/${name}.graphql`,
  'test.ts': ({ name }) => `test/${name}/${name}.test.ts`,
  'sample.ts': ({ name }) => `test/${name}/sample.ts`,
}

/** The files of a new subgraph, by their paths. */
export async function filesFor(words: Words): Promise<Map<string, Edit>> {
  const names = (await readdir(TEMPLATE, { recursive: true })).filter((file) => file.endsWith('.txt'))
  const entries = names.map(async (file) => {
    const target = filled(file.replace(/\.txt$/, ''), words)
    const path = ELSEWHERE[target]?.(words) ?? `subgraphs/${words.name}/${target}`
    return [path, { before: '', after: filled(await readFile(join(TEMPLATE, file), 'utf8'), words) }] as const
  })
  return new Map(await Promise.all(entries))
}

const filled = (text: string, words: Words) =>
  Object.entries(words).reduce((found, [key, word]) => found.replaceAll(`__${key}__`, word), text)
