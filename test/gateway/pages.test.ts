import { existsSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { chromium, type Browser, type Page } from 'playwright-core'
import { request } from 'undici'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { newHmacKey, newSigningKey } from '../../platform/identity/keys.ts'
import { subgraphs } from '../../schema/subgraphs.ts'
import { demoCustomer } from '../../platform/demo-accounts.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'
import { variablePrefix } from '../../platform/identity/subgraph-keys.ts'

let graph: TestGraph
beforeAll(async () => {
  graph = await startGraph({ hasDemoData: true })
})
afterAll(() => graph[Symbol.asyncDispose]())

const open = (path: string, headers: Record<string, string> = {}) =>
  fetch(graph.origin + path, { headers: { accept: 'text/html', ...headers }, redirect: 'manual' })

test('the root opens Sandbox with the endpoint of this gateway', async () => {
  const page = await (await open('/')).text()
  expect(page).toContain('embeddable-sandbox')
  expect(page).toContain("location.origin + '/graphql'")
})

test('GraphiQL is served whole: it names no address elsewhere to load from', async () => {
  const page = await (await open('/graphiql')).text()
  expect(page.length).toBeGreaterThan(100_000)
  expect(page).not.toMatch(/<(script|link)[^>]+(src|href)="https?:/)
})

test('in production there are no pages and no introspection', async () => {
  const keys = subgraphs.map(({ name }) => [`${variablePrefix(name)}_PASSPORT_KEYS`, newHmacKey()])
  const environment = {
    ...Object.fromEntries(keys),
    NODE_ENV: 'production',
    ACCESS_TOKEN_KEYS: JSON.stringify([await newSigningKey()]),
  }
  await using own = await startGraph({ environment })
  for (const path of ['/', '/graphiql', '/subgraphs/users']) expect((await fetch(own.origin + path)).status).toBe(404)
  const { status, errors } = await own.anonymous.send('{ __schema { types { name } } }')
  expect({ status, code: errors[0]?.extensions.code }).toEqual({ status: 400, code: 'GRAPHQL_VALIDATION_FAILED' })
})

test('a subgraph is explored as a chosen demo account, from this machine alone', async () => {
  const explore = (as: string, headers: Record<string, string> = {}) =>
    fetch(`${graph.origin}/subgraphs/users`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-explore-as': as, ...headers },
      body: '{"query":"{ viewer { email } _service { sdl } }"}',
    })
  const answer = await (await explore('customer')).json()
  expect(answer.data.viewer).toEqual({ email: demoCustomer.email })
  expect(answer.data._service.sdl).toContain('type User')
  expect((await (await explore('nobody')).json()).data.viewer).toBeNull()
  expect((await explore('root')).status).toBe(400)
  expect((await open('/subgraphs/nothing')).status).toBe(404)
  expect(await statusFor('supergraph.example.com')).toBe(403)
})

/** The status of a subgraph's page when it is asked for under another name, as a page of another site would. */
async function statusFor(host: string): Promise<number> {
  const { statusCode, body } = await request(`${graph.origin}/subgraphs/users`, { headers: { host } })
  await body.dump()
  return statusCode
}

const CHROMIUM = '/usr/bin/chromium'

describe.runIf(existsSync(CHROMIUM) || process.env.CI)('in a browser', () => {
  let browser: Browser
  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    })
  })
  afterAll(() => browser?.close())

  async function newPage(): Promise<{ page: Page; failures: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } })
    const failures: string[] = []
    page.on('pageerror', (error) => failures.push(error.message))
    return { page, failures }
  }

  /** Types a query over the one that is there, and runs it. */
  async function run(page: Page, query: string): Promise<string> {
    const editor = page.locator('.graphiql-query-editor')
    await editor.click()
    await page.keyboard.press('Control+A')
    await page.keyboard.press('Backspace')
    await page.keyboard.insertText(query)
    // The page puts what was typed into its address once it has taken notice of it.
    await page.waitForURL((url) => url.searchParams.get('query') === query)
    await page.keyboard.press('Control+Enter')
    const result = async () => (await page.locator('.graphiql-response').innerText()).replaceAll('\u00a0', ' ')
    await expect.poll(result, { timeout: 15_000 }).toContain('"data"')
    return result()
  }

  async function keepPicture(page: Page, name: string): Promise<void> {
    const folder = join(import.meta.dirname, '../../.data/screenshots')
    await mkdir(folder, { recursive: true })
    await page.screenshot({ path: join(folder, `${name}.png`) })
  }

  test('a query is typed and run in GraphiQL', async () => {
    const { page, failures } = await newPage()
    await page.goto(`${graph.origin}/graphiql`)
    await page.locator('.graphiql-query-editor').waitFor()
    const result = await run(page, '{ productBySku(sku: "MUG-AMBER") { name price { amount } } }')
    await keepPicture(page, 'graphiql')
    expect(result).toContain('Amber mug')
    expect(failures).toEqual([])
  })

  test("where Sandbox's CDN cannot be reached, the root goes on to GraphiQL", async () => {
    const { page } = await newPage()
    await page.route('**/*apollographql*/**', (route) => route.abort())
    await page.goto(graph.origin)
    await page.waitForURL('**/graphiql', { timeout: 15_000 })
    await page.locator('.graphiql-query-editor').waitFor()
    expect(page.url()).toBe(`${graph.origin}/graphiql`)
  })

  test('a subgraph is explored as a demo account', async () => {
    const { page, failures } = await newPage()
    await page.goto(`${graph.origin}/subgraphs/users`)
    await page.locator('.graphiql-query-editor').waitFor()
    const result = await run(page, '{ viewer { username } }')
    await keepPicture(page, 'subgraph')
    expect(result).toContain('customer')
    expect(failures).toEqual([])
  })
})
