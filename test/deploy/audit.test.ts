import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { expect, test } from 'vitest'
import accepted from '../../deploy/accepted-advisories.json' with { type: 'json' }
import { newFolder } from '../support/folder.ts'
import { startChild } from '../support/child.ts'
import { releasedAfterEach } from '../support/resources.ts'

const resources = releasedAfterEach()

/** An advisory as registries tell it of a package. */
const told = (name: string, id: string) => ({
  [name]: [
    { id: 1, url: `https://example.com/${id}`, title: `What ${id} is`, severity: 'high', vulnerable_versions: '*' },
  ],
})

/** Runs the command with a registry of the test's own. */
async function auditedBy(answer: RequestListener) {
  const registry = createServer(answer).listen(0, '127.0.0.1')
  resources.defer(() => void registry.close())
  await once(registry, 'listening')
  const address = registry.address()
  const origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/`
  // npm remembers advisories by their numbers, which are made up here.
  const cache = await newFolder(resources)
  const environment = { npm_config_registry: origin, npm_config_cache: cache }
  const child = resources.use(startChild(['deploy/audit.ts'], environment))
  return { code: await child.ended(), output: child.output(), errors: child.errors() }
}

/** A registry that knows of advisories, and of nothing else. */
const telling =
  (advisories: object): RequestListener =>
  (request, response) => {
    response.statusCode = request.method === 'POST' ? 200 : 404
    response.setHeader('content-type', 'application/json')
    response.end(request.method === 'POST' ? JSON.stringify(advisories) : '{}')
  }

const explained = accepted.reduce((all, each) => ({ ...all, ...told(each.package, each.advisory) }), {})

test('findings that are explained are told with their reasons, and pass', async () => {
  const { code, output } = await auditedBy(telling(explained))
  expect(code).toBe(0)
  for (const { advisory, reason } of accepted) expect(output).toContain(`${advisory}: ${reason}`)
  expect(output).toContain('No open finding.')
})

test('a finding that nobody explained does not pass', async () => {
  const { code, output } = await auditedBy(telling({ ...explained, ...told('graphql', 'GHSA-aaaa-bbbb-cccc') }))
  expect(code).toBe(1)
  expect(output).toContain('high: graphql: What GHSA-aaaa-bbbb-cccc is. https://example.com/GHSA-aaaa-bbbb-cccc')
})

test('another finding of a package of which one is explained does not pass either', async () => {
  const name = accepted[0]?.package ?? ''
  expect((await auditedBy(telling(told(name, 'GHSA-aaaa-bbbb-cccc')))).code).toBe(1)
})

test('an explanation whose finding is gone is told', async () => {
  const { code, output } = await auditedBy(telling({}))
  expect(code).toBe(0)
  for (const each of accepted) expect(output).toContain(`${each.advisory} of ${each.package} is no finding any more`)
})

test('a registry that does not tell is no proof: exit code 2, and a sentence', async () => {
  const { code, errors } = await auditedBy((_, response) => void response.writeHead(405).end())
  expect(code).toBe(2)
  expect(errors).toMatch(
    /^Nothing was checked: the registry did not tell what is known of packages \(405 .* npm run audit\.\n$/,
  )
})
