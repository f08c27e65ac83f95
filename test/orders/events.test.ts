import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Person } from '../support/people.ts'
import { eventually } from '../support/eventually.ts'
import { place, stockedProduct } from '../support/shop.ts'
import { startSmtp } from '../support/smtp.ts'
import { startGraph, type TestGraph } from '../support/start-graph.ts'

let graph: TestGraph
let admin: Person
beforeAll(async () => {
  graph = await startGraph()
  admin = await graph.administrator()
})
afterAll(() => graph[Symbol.asyncDispose]())

const mailsIn = async (dataDir: string) =>
  (await readdir(join(dataDir, 'mail')).catch(() => [])).filter((name) => name.endsWith('.eml'))

test('a confirmed order is told to its buyer by a mail that can be opened, once', async () => {
  const buyer = await graph.person()
  const { order } = await place(buyer, [{ productId: await stockedProduct(admin, 5), quantity: 2 }])
  await eventually(async () => expect(await mailsIn(graph.dataDir)).toContain(`confirmation-of-${order.id}.eml`))
  const mail = await readFile(join(graph.dataDir, 'mail', `confirmation-of-${order.id}.eml`), 'utf8')
  expect(mail).toContain(`To: ${buyer.email}`)
  expect(mail).toContain(`Subject: Your order ${order.number} is confirmed`)
  expect(mail).toContain('20.00 EUR')
  expect((await mailsIn(graph.dataDir)).filter((name) => name.includes(order.id))).toHaveLength(1)
})

test('a buyer of whom nobody has told yet gets the mail later', async () => {
  const buyer = await graph.person()
  const productId = await stockedProduct(admin, 1)
  const row = await eventually(async () => {
    const [deleted] = await graph.database.sql('delete from orders.buyers where email = $1 returning *', [buyer.email])
    expect(deleted).toBeDefined()
    return deleted
  })
  const { order } = await place(buyer, [{ productId }])
  const waiting = () =>
    graph.database.sql(
      `select attempts from orders.outbox where aggregate_id = $1 and type = 'order.confirmed' and published_at is null and claimed_until is not null`,
      [order.id],
    )
  await eventually(async () => expect(await waiting()).toEqual([{ attempts: 0 }]))
  expect(await mailsIn(graph.dataDir)).not.toContain(`confirmation-of-${order.id}.eml`)
  await graph.database.sql('insert into orders.buyers values ($1, $2, $3)', [row?.id, row?.username, row?.email])
  await eventually(async () => expect(await mailsIn(graph.dataDir)).toContain(`confirmation-of-${order.id}.eml`))
})

test('with SMTP_URL the mail is handed over, and tried again when that fails', async () => {
  await using resources = new AsyncDisposableStack()
  let refusals = 1
  const notNow = Object.assign(new Error('not now'), { responseCode: 451 })
  const smtp = await startSmtp({ onMailFrom: (_, __, done) => (refusals-- > 0 ? done(notNow) : done()) }, resources)
  await using own = await startGraph({
    environment: { SMTP_URL: smtp.url, MAIL_FROM: 'Shop <orders@shop.example.com>' },
  })
  const [buyer, owner] = [await own.person(), await own.administrator()]
  const { order } = await place(buyer, [{ productId: await stockedProduct(owner, 1) }])
  await eventually(async () => expect(refusals).toBeLessThan(1))
  await eventually(async () => {
    await own.database.sql('update orders.outbox set claimed_until = null where published_at is null')
    await sleep(500)
    expect(smtp.received).toHaveLength(1)
  }, 20_000)
  expect(smtp.received[0]).toContain(`<confirmation-of-${order.id}@shop.example.com>`)
})

test('a recipient that a mail server refuses holds up no other mail, and is given up', async () => {
  await using resources = new AsyncDisposableStack()
  const refused = Object.assign(new Error('no such domain'), { responseCode: 450 })
  const smtp = await startSmtp(
    { onRcptTo: ({ address }, _, done) => done(address.startsWith('nobody') ? refused : null) },
    resources,
  )
  await using own = await startGraph({ environment: { SMTP_URL: smtp.url, EVENT_RETRY_MS: '50' } })
  const [buyer, owner] = [await own.person(), await own.administrator()]
  const productId = await stockedProduct(owner, 100)
  await eventually(async () =>
    expect(
      await own.database.sql(`update orders.buyers set email = 'nobody@example.com' where email = $1 returning id`, [
        owner.email,
      ]),
    ).toHaveLength(1),
  )
  for (let count = 0; count < 5; count++) await place(owner, [{ productId }])
  for (let count = 0; count < 5; count++) await place(buyer, [{ productId }])
  await eventually(async () => expect(smtp.received).toHaveLength(5))
  await eventually(
    async () => expect(await own.database.sql('select from orders.outbox where attempts >= 5')).toHaveLength(5),
    20_000,
  )
})

test('a mail server that accepts connections and says nothing holds up nothing else', async () => {
  const silent = createServer(() => undefined).listen(0, '127.0.0.1')
  await once(silent, 'listening')
  const address = silent.address()
  const port = typeof address === 'object' ? address?.port : 0
  await using own = await startGraph({ environment: { SMTP_URL: `smtp://127.0.0.1:${port}` } })
  const [buyer, owner] = [await own.person(), await own.administrator()]
  const productId = await stockedProduct(owner, 100)
  for (let count = 0; count < 20; count++) await place(buyer, [{ productId }])
  const unconfirmed = () => own.database.sql(`select id from orders.orders where status = 'PLACED'`)
  await eventually(async () => expect(await unconfirmed()).toEqual([]))
  expect(await stockedProduct(owner, 1)).toBeDefined()
  expect(await own.database.sql('select from orders.outbox where attempts > 0')).toEqual([])
  silent.close()
})

test('an order of an account that was deleted meanwhile loses the name', async () => {
  const buyer = await graph.person()
  const productId = await stockedProduct(admin, 1)
  const { order } = await place(buyer, [{ productId }])
  const read = async () => (await admin.data(`{ order(id: "${order.id}") { status buyer { id } } }`)).order
  await eventually(async () => expect(await read()).toMatchObject({ status: 'CONFIRMED' }))
  const placed = `aggregate_id = '${order.id}' and type = 'order.placed'`
  await eventually(async () =>
    expect(
      await graph.database.sql(`update orders.buyers set username = null, email = null where email = $1 returning id`, [
        buyer.email,
      ]),
    ).toHaveLength(1),
  )
  await graph.database.sql(`delete from orders.inbox where event_id = (select id from orders.outbox where ${placed})`)
  await graph.database.sql(`update orders.outbox set published_at = null, claimed_until = null where ${placed}`)
  await eventually(async () => expect(await read()).toMatchObject({ buyer: null }))
})

test('what was there before orders listened is taken over, newer things told meanwhile are kept', async () => {
  await using own = await startGraph()
  await own.database
    .sql(`insert into products.products (id, sku, name, description, price_minor_units, price_currency, version)
    select gen_random_uuid(), 'OLD-' || n, 'Old', '', 100 + n, 'EUR', 3 from generate_series(1, 1200) n`)
  await own.database.sql(
    `insert into orders.products select id, sku, 1, 'EUR', true, 9 from products.products where sku = 'OLD-1'`,
  )
  await own.database.sql('truncate orders.catch_ups')
  const owner = await own.administrator()
  await using _again = await startGraph({ database: own.database })
  await eventually(async () =>
    expect(await own.database.sql('select count(*)::int as count from orders.products')).toEqual([{ count: 1200 }]),
  )
  expect(
    await own.database.sql(
      `select price_minor_units::int as price, version from orders.products where sku in ('OLD-1', 'OLD-2') order by sku`,
    ),
  ).toEqual([
    { price: 1, version: 9 },
    { price: 102, version: 3 },
  ])
  expect(await own.database.sql(`select email from orders.buyers where email = $1`, [owner.email])).toHaveLength(1)
})

test('the books are rebuilt from what happened, and a difference is found', async () => {
  const buyer = await graph.person()
  const { order } = await place(buyer, [{ productId: await stockedProduct(admin, 5), quantity: 2 }])
  await eventually(async () =>
    expect((await buyer.data(`{ order(id: "${order.id}") { status } }`)).order.status).toBe('CONFIRMED'),
  )
  const verify = async () => {
    const options = { env: { PATH: process.env.PATH, DATABASE_URL: graph.database.url } }
    return promisify(execFile)(process.execPath, ['subgraphs/verify.ts'], options).then(
      ({ stdout }) => ({ code: 0, stdout }),
      (error: { code: number; stdout: string }) => ({ code: error.code, stdout: error.stdout }),
    )
  }
  expect(await verify()).toEqual({
    code: 0,
    stdout: 'orders: no differences\n',
  })
  await graph.database.sql(`update orders.orders set status = 'SHIPPED' where number = $1`, [order.number])
  const found = await verify()
  expect(found.code).toBe(1)
  expect(found.stdout).toContain(`${order.id} is SHIPPED at version 2, and its history says CONFIRMED at version 2`)
  expect(found.stdout).toMatch(/has 2 units reserved, and its orders say 0/)
})

test('every change of every subgraph is told, with versions that rise by one', async () => {
  const someone = await graph.person()
  const { createTodo } = await someone.data(
    'mutation { createTodo(input: { title: "Told" }) { ... on CreateTodoSuccess { todo { id } } } }',
  )
  const { id } = createTodo.todo
  for (const mutation of ['completeTodo', 'reopenTodo', 'deleteTodo'])
    await someone.data(`mutation { ${mutation}(input: { id: "${id}" }) { __typename } }`)
  const told = await graph.database.sql(
    'select type, version from todos.outbox where aggregate_id = $1 order by version',
    [id],
  )
  expect(told).toEqual(
    ['created', 'completed', 'reopened', 'deleted'].map((what, index) => ({
      type: `todo.${what}`,
      version: index + 1,
    })),
  )
  for (const schema of ['users', 'todos', 'products', 'orders']) {
    const gaps = await graph.database.sql(
      `select aggregate_id from ${schema}.outbox group by aggregate_id having max(version) <> count(*) or min(version) <> 1`,
    )
    expect(gaps, schema).toEqual([])
  }
})
