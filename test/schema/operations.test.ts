import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '../..')
let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-'))
})
afterEach(() => rm(folder, { recursive: true }))

function prepare(target = folder): { code: number; output: string } {
  try {
    return {
      code: 0,
      output: execFileSync(process.execPath, ['schema/main.ts', 'operations', target], {
        cwd: ROOT,
        encoding: 'utf8',
        stdio: 'pipe',
      }),
    }
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string }
    return { code: status, output: stdout + stderr }
  }
}

test('operations of documents and of code are priced, and written with the fragments that they need', async () => {
  await writeFile(join(folder, 'product.graphql'), 'fragment Name on Product { name price { amount } }')
  await writeFile(
    join(folder, 'list.ts'),
    'const LIST = /* GraphQL */ `query List { products(first: 50) { nodes { id ...Name } } }`\n',
  )
  await writeFile(
    join(folder, 'page.tsx'),
    "import { gql } from '@apollo/client'\nconst PAGE = gql`query Page($first: Int = 30) { products(first: $first) { nodes { id } } }`\n",
  )
  const { code, output } = prepare()
  expect(output).toMatch(/List +query +costs 101\n/)
  expect(output).toMatch(/Page +query +costs 31\n/)
  expect(code).toBe(0)
  const manifest = JSON.parse(await readFile(join(folder, 'persisted-query-manifest.json'), 'utf8'))
  expect(manifest).toMatchObject({ format: 'apollo-persisted-query-manifest', version: 1 })
  expect(manifest.operations.map(({ name }: { name: string }) => name)).toEqual(['List', 'Page'])
  const [list] = manifest.operations
  expect(list.body).toContain('fragment Name on Product')
  expect(list.id).toBe(createHash('sha256').update(list.body).digest('hex'))
  expect(await readFile(join(folder, 'gql/graphql.ts'), 'utf8')).toContain('export type ListQuery')
})

test('what is wrong is told with file and line, and nothing is written', async () => {
  for (const [text, message] of [
    ['query One {\n  products(first: 1) {\n    nodes { colour }\n  }\n}', /a\.graphql:3: Cannot query field "colour"/],
    ['{ products { nodes { id } } }', /a\.graphql:1: Give the operation a name/],
    ['query One { products { nodes { id } } }\nquery One { viewer { id } }', /one operation named "One"/],
    ['query One {', /a\.graphql:1: Syntax Error/],
    [
      'query One { products(first: 100) { nodes { a: id description b: description c: description d: description e: description } } }',
      /a\.graphql:1: The operation may cost 1101 points, and at most 1000 are allowed/,
    ],
    [
      `query One { ${Array.from({ length: 11 }, (_, at) => `a${at}: __typename`).join(' ')} }`,
      /a\.graphql:1: The operation has 11 fields at its root, and at most 10 are allowed/,
    ],
    ['query One { products { nodes { ...Missing } } }', /Unknown fragment "Missing"/],
  ] as const) {
    await writeFile(join(folder, 'a.graphql'), text)
    const { code, output } = prepare()
    expect(output).toMatch(message)
    expect(code).toBe(1)
    expect(await readdir(folder)).toEqual(['a.graphql'])
  }
  expect(prepare(join(folder, 'nowhere'))).toMatchObject({
    code: 2,
    output: expect.stringContaining('name the folder'),
  })
})
