import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { newFolder } from '../support/folder.ts'
import { startChild } from '../support/child.ts'
import { eventually } from '../support/eventually.ts'
import { clientOf, type GraphClient } from '../support/graph-client.ts'
import { SIGN_IN } from '../support/people.ts'
import { count, readOptions } from '../support/tool-options.ts'
import { heapOf, OPEN } from './heap.ts'
import { trendOf, type Sample } from './trend.ts'

/**
 * Uses the product for long, and watches what it holds: `npm run test:soak -- --minutes 60 --rate 50`.
 * Ends with 1 when memory, the heap after each collection of garbage, or handles rise, or when a request fails.
 */
const { minutes: MINUTES, rate: RATE } = readOptions(
  'npm run test:soak -- --minutes <number> --rate <requests a second>',
  { minutes: count(60), rate: count(50) },
)
/** What is not counted, in ms: caches fill, and code is compiled. */
const WARM_UP = Math.min(10, MINUTES / 4) * 60_000
const SAMPLED_EVERY = 30_000
/** How many failures are told, and how many characters of the product's log then. */
const TOLD = 100
const LOGGED = 50_000
/** Of Node, unless it is told otherwise. */
const THREADS = 4
/** Texts that are searched for: so many that they fill the caches while it warms up. */
const TEXTS = 2_000
/** What compiled operations may take, in MB: as little as is full after a minute, and is then made room in for good. */
const OPERATIONS_MEMORY_MB = '10'

const CUSTOMER = { email: 'customer@example.com', password: 'correct horse battery staple' }

/** Asks, and tells what went wrong as the client sees it. */
async function ask(client: GraphClient, query: string, variables?: Record<string, unknown>) {
  const { status, data, errors } = await client.send(query, variables)
  if (errors.length > 0) throw new Error(`${status} ${JSON.stringify(errors)}`)
  return data
}

/** What clients do, each with what it leaves behind removed; as often as each other. */
const WORK: ((client: GraphClient, anonymous: GraphClient) => Promise<unknown>)[] = [
  (_, anonymous) => ask(anonymous, '{ products(first: 20) { nodes { id name price { amount } availableQuantity } } }'),
  (_, anonymous) =>
    ask(anonymous, 'query ($text: String!) { products(first: 3, filter: { search: $text }) { nodes { id } } }', {
      text: `lamp ${Math.floor(Math.random() * TEXTS)}`,
    }),
  (client) =>
    ask(client, '{ viewer { username todos { nodes { id title } } orders { nodes { id lines { quantity } } } } }'),
  // Never the same document again.
  (client) => ask(client, `{ a${Math.floor(Math.random() * 1e9)}: viewer { id } }`),
  (client) => (Math.random() < NEW ? createAndDelete(client) : change(client)),
]

/**
 * How many of the changes are of a new todo. Few: the cache in memory remembers by name what has changed, up to 100,000
 * objects, and takes more than an hour to have met so many.
 */
const NEW = 0.1

async function createAndDelete(client: GraphClient): Promise<void> {
  const create = 'mutation { createTodo(input: { title: "soak" }) { ... on CreateTodoSuccess { todo { id } } } }'
  const remove = 'mutation ($id: ID!) { deleteTodo(input: { id: $id }) { __typename } }'
  const { createTodo } = await ask(client, create)
  await ask(client, remove, { id: createTodo.todo.id })
}

async function change(client: GraphClient): Promise<void> {
  const { viewer } = await ask(client, '{ viewer { todos(first: 1) { nodes { id } } } }')
  const update = 'mutation ($id: ID!, $title: String) { updateTodo(input: { id: $id, title: $title }) { __typename } }'
  await ask(client, update, { id: viewer.todos.nodes[0].id, title: `soak ${Math.random()}` })
}

async function sampleOf(pid: number | undefined): Promise<Omit<Sample, 'minute' | 'heap'>> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const handles = (await readdir(`/proc/${pid}/fd`)).length
  return { memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024, handles }
}

await using resources = new AsyncDisposableStack()
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void resources.disposeAsync().finally(() => process.exit(1)))
const dataDir = await newFolder(resources)
const ports = { USERS_PORT: '0', TODOS_PORT: '0', PRODUCTS_PORT: '0', ORDERS_PORT: '0', PORT: '0' }
// Load is refused as where nobody sets anything.
const environment = {
  ...ports,
  DATA_DIR: dataDir,
  LOG_LEVEL: 'warn',
  OPERATIONS_MEMORY_MB,
  MAX_LOOP_DELAY_MS: undefined,
}
const child = startChild([OPEN, 'start.ts'], environment)
resources.defer(async () => void (await child.end('SIGTERM')))
const url = await child.says(/GraphQL\s+(http:\S+)/)
const heap = resources.use(await heapOf(child))
const anonymous = clientOf(url)
const signIn = async () => {
  const { tokens } = (await anonymous.data(SIGN_IN, { input: CUSTOMER })).signIn
  return clientOf(url, { authorization: `Bearer ${tokens.accessToken}` })
}
const samples: Sample[] = []
const result = { sent: 0, failures: [] as string[] }
// Each thread that hashes passwords keeps the 19 MiB that it takes: at once, and not one after the other for an hour.
// Who is told to try again since no connection is open yet, does.
const [first] = await Promise.all(Array.from({ length: 2 * THREADS }, () => eventually(signIn)))
let customer = first ?? (await signIn())
const begin = Date.now()
const since = () => Date.now() - begin
const minute = () => (since() / 60_000).toFixed(1)
const fail = (error: unknown) => void result.failures.push(`${minute()} min: ${String(error).slice(0, 500)}`)
const renewing = setInterval(() => void signIn().then((client) => (customer = client), fail), 300_000)
const sampling = setInterval(() => void sample().catch(fail), SAMPLED_EVERY)

async function sample(): Promise<void> {
  const found = { minute: since() / 60_000, ...(await sampleOf(child.process.pid)), heap: await heap.held() }
  if (since() > WARM_UP) samples.push(found)
  process.stdout.write(
    `${found.minute.toFixed(1)} min: ${found.memory.toFixed(0)} MB, heap ${found.heap.toFixed(1)} MB, ${found.handles} handles, ${result.sent} sent\n`,
  )
}

const under = new Set<Promise<unknown>>()
while (since() < MINUTES * 60_000) {
  for (; result.sent < (since() / 1_000) * RATE; result.sent++) {
    const work = WORK[result.sent % WORK.length]
    const one = Promise.resolve(work?.(customer, anonymous))
      .catch(fail)
      .finally(() => under.delete(one))
    under.add(one)
  }
  await sleep(20)
}
await Promise.all(under)
clearInterval(renewing)
clearInterval(sampling)
const { text, isFlat } = trendOf(samples)
process.stdout.write(
  `${text}\n${result.sent} requests, ${result.failures.length} failed.\n${result.failures.slice(0, TOLD).join('\n')}\n`,
)
if (result.failures.length > 0) process.stdout.write(`The last it logged:\n${child.output().slice(-LOGGED)}\n`)
process.exitCode = isFlat && result.failures.length === 0 ? 0 : 1
