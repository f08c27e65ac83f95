/** What must be made anew for changed files. */
export interface Affected {
  /** Whether the supergraph must be composed anew. */
  isSchema: boolean
  /** The subgraphs that must start anew. */
  subgraphs: Set<string>
  /** Whether this process itself is of what has changed. */
  isOutside: boolean
  /** Whether there are other subgraphs than this process knows. */
  isOutdated: boolean
}

/** Files that commands write, and not people. */
const GENERATED = /(^schema\/(nodes|supergraph|api)\.graphql|\/generated\.ts|\.[\da-f-]{36})$/

/** @param names the subgraphs that run from source */
export function affectedBy(files: Iterable<string>, names: readonly string[]): Affected {
  const affected: Affected = { isSchema: false, subgraphs: new Set(), isOutside: false, isOutdated: false }
  for (const file of files) {
    if (GENERATED.test(file)) continue
    const [, schema] = /^schema\/([\w-]+)\.graphql$/.exec(file) ?? []
    const [, subgraph] = /^subgraphs\/([\w-]+)\//.exec(file) ?? []
    if (schema) affected.isSchema = true
    if (/^(schema\/subgraphs|subgraphs\/all)\.ts$/.test(file)) affected.isOutdated = true
    const name = schema ?? subgraph
    if (name === 'common') for (const each of names) affected.subgraphs.add(each)
    else if (name && names.includes(name)) affected.subgraphs.add(name)
    else if (/^(gateway|platform)\/.*\.ts$/.test(file)) affected.isOutside = true
  }
  return affected
}
