import { serverAudits } from 'graphql-http'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph()
})
afterAll(() => graph[Symbol.asyncDispose]())

/** What servers may allow, and this one refuses, since it prevents forged requests from other sites' pages. */
const REFUSED_ON_PURPOSE = new Set([
  'MAY accept application/x-www-form-urlencoded formatted GET requests',
  'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/graphql-response+json',
  'MAY allow URL-encoded JSON string {variables} parameter in GETs when accepting application/json',
])

/** The audits of the specification, GraphQL over HTTP: https://graphql.github.io/graphql-over-http/ */
describe('what GraphQL over HTTP asks of servers', () => {
  test.each(serverAudits({ url: () => `${graph.origin}/graphql` }).map((audit) => [audit.name, audit] as const))(
    '%s',
    async (name, audit) => {
      const result = await audit.fn()
      if (REFUSED_ON_PURPOSE.has(name)) return expect(result.status).toBe('notice')
      expect(result).toMatchObject({ status: 'ok' })
    },
  )
})
