import { readFile } from 'node:fs/promises'
import { StartError } from '../../platform/process/start-error.ts'
import type { Words } from './words.ts'

/** A file's text before and after. */
export interface Edit {
  before: string
  after: string
}

/** What of the other files must know it. */
export async function editsFor({ name, plural }: Words, port: number): Promise<Map<string, Edit>> {
  const key = /^\w+$/.test(name) && name === plural ? plural : `'${name}': ${plural}`
  const prefix = name.toUpperCase().replaceAll('-', '_')
  return new Map([
    await edit('schema/subgraphs.ts', ['] as const', `  { name: '${name}', port: ${port} },\n] as const`]),
    await edit(
      'subgraphs/all.ts',
      [
        "import { orders } from './orders/index.ts'",
        `import { ${plural} } from './${name}/index.ts'\nimport { orders } from './orders/index.ts'`,
      ],
      ['\n}\n\n/** The subgraph of a name', `\n  ${key},\n}\n\n/** The subgraph of a name`],
    ),
    await edit(
      'docker-compose.yml',
      ['  worker:\n', `${service(name, prefix, port)}\n  worker:\n`],
      [
        '      USERS_PASSPORT_KEYS: ${USERS_PASSPORT_KEYS}\n      TODOS',
        `      ${prefix}_URL: http://${name}:${port}/graphql\n      ${prefix}_PASSPORT_KEYS: \${${prefix}_PASSPORT_KEYS}\n      USERS_PASSPORT_KEYS: \${USERS_PASSPORT_KEYS}\n      TODOS`,
      ],
    ),
  ])
}

const service = (name: string, prefix: string, port: number) => `  ${name}:
    <<: *subgraph
    command: node subgraphs/main.ts ${name}
    environment:
      <<: *shared
      ${prefix}_PASSPORT_KEYS: \${${prefix}_PASSPORT_KEYS}
    healthcheck:
      <<: *health
      test: [CMD, node, deploy/health.ts, '${port}']
`

/** @throws StartError when a file does not have what is to be replaced. */
async function edit(file: string, ...replacements: [from: string, to: string][]): Promise<readonly [string, Edit]> {
  const before = await readFile(file, 'utf8')
  const after = replacements.reduce((text, [from, to]) => {
    if (!text.includes(from))
      throw new StartError(`${file} has no line ${JSON.stringify(from)}: add the subgraph by hand.`)
    return text.replace(from, () => to)
  }, before)
  return [file, { before, after }]
}
