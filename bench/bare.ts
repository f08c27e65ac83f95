import { createServer } from 'node:http'
import { readFile } from 'node:fs/promises'

/** A server of node:http that reads requests and sends the same bytes to all: the most that any gateway could do. */
const answers: Record<string, string> = JSON.parse(await readFile(process.argv[2] ?? '', 'utf8'))
const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const text = answers[request.headers['x-operation']?.toString() ?? ''] ?? ''
  request.on('data', () => {})
  request.on('end', () => {
    response.writeHead(200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(text),
    })
    response.end(text)
  })
}).listen(0, '127.0.0.1')
server.once('listening', () => {
  const address = server.address()
  process.stdout.write(`bare listens on http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/\n`)
})
