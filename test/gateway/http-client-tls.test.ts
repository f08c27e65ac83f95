import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { HttpClient } from '../../gateway/subgraphs/http-client.ts'
import { newFolder } from '../support/folder.ts'
import { releasedAfterEach } from '../support/resources.ts'

const resources = releasedAfterEach()

/** A server with a certificate of its own for 127.0.0.1, and that certificate. */
async function serveSecurely(body: string) {
  const folder = await newFolder(resources)
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const subject = ['-subj', '/CN=subgraph', '-addext', 'subjectAltName=IP:127.0.0.1']
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert]
  await promisify(execFile)('openssl', [...made, ...subject])
  const server = createServer({ key: await readFile(key), cert: await readFile(cert) }, (_, response) => {
    response.setHeader('content-length', body.length)
    response.end(body)
  }).listen(0, '127.0.0.1')
  resources.defer(() => void server.close())
  await once(server, 'listening')
  const address = server.address()
  const origin = new URL(`https://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`)
  const client = resources.use(new HttpClient({ origin, connections: 2, limits: { head: 1_000, body: 10_000_000 } }))
  const ask = () =>
    client.request({ method: 'POST', path: '/graphql', headers: [], body: '', timeout: 2_000, cancellation: null })
  return { ask, certificate: await readFile(cert, 'utf8') }
}

test('subgraphs behind TLS are asked when their certificate is trusted, and refused otherwise', async () => {
  const body = `{"data":"${'x'.repeat(1_000_000)}"}`
  const { ask, certificate } = await serveSecurely(body)
  await expect(ask()).rejects.toThrow(/self-signed certificate/)
  const trusted = getCACertificates('default')
  resources.defer(() => setDefaultCACertificates(trusted))
  setDefaultCACertificates([...trusted, certificate])
  for (let count = 0; count < 3; count++) expect((await ask()).body).toBe(body)
})
