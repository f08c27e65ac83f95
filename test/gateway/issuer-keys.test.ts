import { once } from 'node:events'
import { readFile, stat, utimes, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener } from 'node:http'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, generateKeyPair } from 'jose'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { LastGoodFile } from '../../gateway/last-good-file.ts'
import { IssuerKeys } from '../../gateway/identity/issuer-keys.ts'
import { newFolder } from '../support/folder.ts'
import { releasedAfterEach } from '../support/resources.ts'
import { UnavailableError } from '../../platform/graphql/errors.ts'
import { eventually } from '../support/eventually.ts'

const MINUTE = 60_000
const { publicKey } = await generateKeyPair('EdDSA', { extractable: true })
const KEYS = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'a', alg: 'EdDSA', use: 'sig' }] })
const HEADER = { alg: 'EdDSA', kid: 'a' }
const TOKEN = { payload: '', signature: '' }
const well: RequestListener = (_, response) => void response.end(KEYS)

/** An issuer, and how often its keys were asked for. */
const issuer = { asked: 0, answer: well }
const server = createServer((request, response) => {
  issuer.asked++
  issuer.answer(request, response)
})
const resources = releasedAfterEach()
let keys: IssuerKeys
beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterEach(() => Object.assign(issuer, { asked: 0, answer: well }))
afterAll(() => {
  vi.useRealTimers()
  server.closeAllConnections()
  server.close()
})

const keptIn = (dataDir: string, origin: string) =>
  new LastGoodFile(dataDir, { file: 'last-jwks.txt', what: 'set of keys', origin })

/** @param dataDir where keys of an earlier start may be */
async function freshKeys(dataDir?: string): Promise<IssuerKeys> {
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  return new IssuerKeys(new URL(url), keptIn(dataDir ?? (await newFolder(resources)), url))
}

const find = async () => keys.find(HEADER, TOKEN)
const isKnown = () =>
  find().then(
    () => true,
    () => false,
  )

test('keys are read once, and again beside the work when they are old', async () => {
  keys = await freshKeys()
  for (let count = 0; count < 5; count++) await find()
  expect(issuer.asked).toBe(1)
  vi.advanceTimersByTime(11 * MINUTE)
  for (let count = 0; count < 5; count++) await find()
  await eventually(async () => expect(issuer.asked).toBe(2))
})

test('old keys are used on while the issuer is silent, and one that is gone is believed no more', async () => {
  keys = await freshKeys()
  await find()
  vi.advanceTimersByTime(11 * MINUTE)
  issuer.answer = () => undefined
  await find()
  await eventually(async () => expect(issuer.asked).toBe(2))
  issuer.answer = (_, response) => void response.end('{"keys":[]}')
  server.closeAllConnections()
  for (let count = 0; count < 20 && (await isKnown()); count++) {
    vi.advanceTimersByTime(6_000)
    await sleep(50)
  }
  await expect(find()).rejects.toThrow(/no applicable key/)
})

test('keys that nobody used for long are read before they are believed', async () => {
  keys = await freshKeys()
  await find()
  issuer.answer = (_, response) => void response.end('{"keys":[]}')
  vi.advanceTimersByTime(25 * MINUTE)
  await expect(find()).rejects.toThrow(/no applicable key/)
})

test('but where they cannot be read, they are used on, and nobody waits again', async () => {
  keys = await freshKeys()
  await find()
  issuer.answer = (request) => void request.socket.destroy()
  for (let round = 0; round < 3; round++) {
    vi.advanceTimersByTime(25 * MINUTE)
    await find()
  }
  issuer.answer = () => undefined
  vi.advanceTimersByTime(MINUTE)
  const { asked } = issuer
  const begin = performance.now()
  await find()
  expect(performance.now() - begin).toBeLessThan(1_000)
  await eventually(async () => expect(issuer.asked).toBeGreaterThan(asked))
  server.closeAllConnections()
})

test.each([
  ['answers 500', (_, response) => void response.writeHead(500).end()],
  ['answers nonsense', (_, response) => void response.end('<h1>')],
  ['answers what is no key', (_, response) => void response.end('{"keys":5}')],
  ['cuts the connection', (request) => void request.socket.destroy()],
] satisfies [string, RequestListener][])('an issuer that %s is asked once in 5 s', async (_, answer) => {
  keys = await freshKeys()
  issuer.answer = answer
  await expect(find()).rejects.toThrow(/./)
  for (let count = 0; count < 4; count++) await expect(find()).rejects.toThrow(/not available now/)
  expect(issuer.asked).toBe(1)
  issuer.answer = well
  vi.advanceTimersByTime(6_000)
  await find()
  expect(issuer.asked).toBe(2)
})

test('more than keys can be is not read', async () => {
  keys = await freshKeys()
  issuer.answer = (_, response) => void response.end(`${' '.repeat(150_000)}${KEYS}`)
  await expect(find()).rejects.toThrow('the issuer sent more than 100000 bytes')
})

test('keys of an earlier start are used while the issuer is away, and read anew once it is back', async () => {
  const dataDir = await newFolder(resources)
  keys = await freshKeys(dataDir)
  await find()
  await eventually(() => stat(join(dataDir, 'last-jwks.txt')))
  issuer.answer = (_, response) => void response.writeHead(500).end()
  keys = await freshKeys(dataDir)
  for (let count = 0; count < 5; count++) await find()
  expect(issuer.asked).toBe(2)
  // It may be one that the issuer has by now.
  await expect(keys.find({ ...HEADER, kid: 'another' }, TOKEN)).rejects.toThrow(UnavailableError)
  issuer.answer = (_, response) => void response.end('{"keys":[]}')
  vi.advanceTimersByTime(6_000)
  await find()
  await eventually(async () => expect(await isKnown()).toBe(false))
})

test('what was kept for more than a day is not believed', async () => {
  const dataDir = await newFolder(resources)
  await (keys = await freshKeys(dataDir)).find(HEADER, TOKEN)
  await eventually(() => stat(join(dataDir, 'last-jwks.txt')))
  issuer.answer = (_, response) => void response.writeHead(500).end()
  const old = new Date(Date.now() - 25 * 60 * MINUTE)
  await utimes(join(dataDir, 'last-jwks.txt'), old, old)
  await expect((await freshKeys(dataDir)).find(HEADER, TOKEN)).rejects.toThrow(/answered 500/)
})

test('what was kept is not believed of another issuer, nor when it is no set of keys', async () => {
  const dataDir = await newFolder(resources)
  issuer.answer = (_, response) => void response.writeHead(500).end()
  const file = join(dataDir, 'last-jwks.txt')
  await keptIn(dataDir, 'http://127.0.0.1:1').keep(KEYS)
  await expect((await freshKeys(dataDir)).find(HEADER, TOKEN)).rejects.toThrow(/answered 500/)
  const [firstLine] = (await readFile(file, 'utf8')).split('\n')
  const address = server.address()
  const own = String(firstLine).replace(':1"', `:${typeof address === 'object' ? address?.port : ''}"`)
  await writeFile(file, `${own}\n{"keys":"none"}`)
  await expect((await freshKeys(dataDir)).find(HEADER, TOKEN)).rejects.toThrow(/malformed/)
})
