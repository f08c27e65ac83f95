import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { subgraphs } from '../../schema/subgraphs.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

const ROOT = join(import.meta.dirname, '../..')
const service = z.looseObject({
  command: z.string().optional(),
  environment: z.record(z.string(), z.string()).optional(),
  healthcheck: z.looseObject({}).optional(),
})
const composeFile = z.looseObject({ services: z.record(z.string(), service) })
const { services } = composeFile.parse(parse(await readFile(join(ROOT, 'docker-compose.yml'), 'utf8'), { merge: true }))

test('the compose file describes every part, each with a health check', () => {
  expect(Object.keys(services).sort()).toEqual(
    ['gateway', 'postgres', 'rabbitmq', 'redis', 'worker', ...subgraphs.map(({ name }) => name)].sort(),
  )
  for (const part of Object.values(services)) expect(part.healthcheck).toBeDefined()
})

test('every subgraph has its command, its port and its keys, and the gateway knows all of them', () => {
  for (const { name, port } of subgraphs) {
    const prefix = variablePrefix(name)
    expect(services[name]?.command).toBe(`node subgraphs/main.ts ${name}`)
    expect(JSON.stringify(services[name]?.healthcheck)).toContain(String(port))
    expect(Object.keys(services[name]?.environment ?? {})).toEqual(
      expect.arrayContaining(['DATABASE_URL', `${prefix}_PASSPORT_KEYS`]),
    )
    expect(services.gateway?.environment).toMatchObject({
      [`${prefix}_URL`]: `http://${name}:${port}/graphql`,
      [`${prefix}_PASSPORT_KEYS`]: `\${${prefix}_PASSPORT_KEYS}`,
    })
  }
  expect(services.worker?.environment).toHaveProperty('AMQP_URL')
  expect(services.users?.environment).toHaveProperty('ACCESS_TOKEN_KEYS')
})

test('the image starts the gateway as npm does', async () => {
  const dockerfile = await readFile(join(ROOT, 'Dockerfile'), 'utf8')
  const { scripts } = z
    .looseObject({ scripts: z.record(z.string(), z.string()) })
    .parse(JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')))
  const command = z.array(z.string()).parse(JSON.parse(/^CMD (.+)$/m.exec(dockerfile)?.[1] ?? ''))
  expect(`exec ${command.join(' ')}`).toBe(scripts['start:gateway'])
  expect(services.gateway?.command).toBeUndefined()
})

test('CI runs the same script everywhere', async () => {
  expect(await readFile(join(ROOT, '.github/workflows/ci.yml'), 'utf8')).toContain('run: bash .ci/run')
})
