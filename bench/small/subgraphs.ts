import { createServer, type ServerResponse } from 'node:http'
import { account, item, purchasesOf, reviewed, type Entity } from './data.ts'
import { names } from './schema.ts'

/**
 * The subgraphs of the small world, on ports of their own in one process: they answer from memory, with all that the
 * operations of the benchmark ask for. Prints the ports as JSON.
 */
interface Variables {
  id?: string
  first?: number
  representations?: Entity[]
}

const catalogues = new Map<number, object>()

function catalogueOf(first: number): object {
  const known = catalogues.get(first) ?? { catalogue: Array.from({ length: first }, (_, index) => item(String(index))) }
  catalogues.set(first, known)
  return known
}

const resolvers: Record<string, (variables: Variables) => object> = {
  accounts: ({ id }) => (id === undefined ? { me: account('1') } : { account: account(id) }),
  purchases: ({ representations = [] }) => ({ _entities: representations.map(({ id }) => purchasesOf(id)) }),
  catalogue({ id, first, representations }) {
    if (representations) return { _entities: representations.map((entity) => item(entity.id)) }
    return id === undefined ? catalogueOf(first ?? 0) : { item: item(id) }
  },
  reviews: ({ representations = [] }) => ({ _entities: representations.map(({ id }) => reviewed(id)) }),
}

/** Answers are made once for each request body: a subgraph that costs more would hide what the gateway costs. */
const answers = new Map<string, Buffer>()

function answerTo(name: string, body: string): Buffer {
  const key = name + body
  const known = answers.get(key)
  if (known) return known
  const { variables = {} }: { variables?: Variables } = JSON.parse(body)
  const answer = Buffer.from(JSON.stringify({ data: resolvers[name]?.(variables) }))
  if (answers.size < 10_000) answers.set(key, answer)
  return answer
}

/** From this length on, in bytes, a second piece on the wire costs less than encoding the text anew. */
const LONG = 32_000

function send(response: ServerResponse, answer: Buffer): void {
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': answer.length })
  response.end(answer.length > LONG ? answer : answer.toString())
}

const ports = await Promise.all(
  names.map(async (name) => {
    const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
      const chunks: Buffer[] = []
      request.on('data', (chunk: Buffer) => void chunks.push(chunk))
      request.on('end', () => send(response, answerTo(name, Buffer.concat(chunks).toString())))
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const address = server.address()
    return [name, typeof address === 'object' ? address?.port : 0]
  }),
)
process.stdout.write(`${JSON.stringify(Object.fromEntries(ports))}\n`)
