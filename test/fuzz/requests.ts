import { buildSchema } from 'graphql'
import { readFile } from 'node:fs/promises'
import type { Random } from '../chaos/random.ts'
import { OperationGenerator } from '../engine/generate.ts'

/** A request that nobody should send. */
export interface Strange {
  method: 'GET' | 'POST' | 'PUT' | 'OPTIONS' | 'DELETE' | 'HEAD'
  path: string
  headers: Record<string, string>
  body: Buffer | null
}

const JSON_TYPE = 'application/json'
const TYPES = [JSON_TYPE, JSON_TYPE, 'application/graphql', 'text/plain', 'application/json; charset=utf-7', '', '☃/☃']
const PATHS = [
  '/graphql',
  '/graphql',
  '/graphql?',
  '/graphql?query={',
  '/graphql?query=%00&variables=[]',
  '/%ff',
  '//',
  '/ready',
]
const METHODS = ['POST', 'POST', 'POST', 'GET', 'PUT', 'OPTIONS', 'DELETE', 'HEAD'] as const

/** Values that programs stumble over. */
const ODD = [
  null,
  true,
  0,
  -1,
  1e308,
  2 ** 53,
  '',
  '\0',
  '\ud800',
  '☃',
  '__proto__',
  'constructor',
  "' or 1=1 --",
  '${7*7}',
  [],
  [[]],
  {},
]

/** Makes up requests: bytes, JSON, and documents of a grammar, some of them torn. */
export class StrangeRequests {
  readonly #random: Random
  readonly #operations: OperationGenerator

  private constructor(random: Random, operations: OperationGenerator) {
    this.#random = random
    this.#operations = operations
  }

  static async of(random: Random): Promise<StrangeRequests> {
    const schema = buildSchema(await readFile('schema/api.graphql', 'utf8'))
    return new StrangeRequests(random, new OperationGenerator(schema, random))
  }

  next(): Strange {
    const kind = this.#random.next()
    if (kind < 0.15) return this.#ofBytes()
    if (kind < 0.35) return this.#post(JSON.stringify(this.#json(0)))
    if (kind < 0.5)
      return this.#post(JSON.stringify({ query: this.#query(), variables: this.#json(0), ...this.#more() }))
    const { document, variables } = this.#operations.next()
    const isTorn = this.#random.next() < 0.5
    const sent = isTorn
      ? { ...variables, [this.#random.pick(Object.keys(variables).concat('x'))]: this.#odd() }
      : variables
    return this.#post(
      JSON.stringify({ query: isTorn ? this.#torn(document) : document, variables: sent, ...this.#more() }),
    )
  }

  #ofBytes(): Strange {
    const body = Buffer.from(Array.from({ length: this.#random.between(0, 2_000) }, () => this.#random.between(0, 255)))
    const method = this.#random.pick(METHODS)
    const headers = { 'content-type': this.#random.pick(TYPES).replace(/[^\x20-\x7e]/g, '?'), ...this.#oddHeaders() }
    return {
      method,
      path: this.#random.pick(PATHS),
      headers,
      body: method === 'GET' || method === 'HEAD' ? null : body,
    }
  }

  #post(body: string): Strange {
    const headers = { 'content-type': JSON_TYPE, ...(this.#random.next() < 0.1 && this.#oddHeaders()) }
    return { method: 'POST', path: '/graphql', headers, body: Buffer.from(body) }
  }

  #oddHeaders(): Record<string, string> {
    const names = [
      'accept',
      'authorization',
      'origin',
      'x-passport',
      'x-forwarded-for',
      'cookie',
      'x-cost',
      'accept-encoding',
    ]
    const values = ['*/*', 'Bearer ', 'Bearer a.b.c', '[]', '-1', 'null', 'text/html', 'x'.repeat(5_000)]
    return { [this.#random.pick(names)]: this.#random.pick(values) }
  }

  /** Other members of a body. */
  #more(): Record<string, unknown> {
    const name = this.#random.pick(['operationName', 'extensions', 'query', 'unknown', 'none', 'none', 'none'])
    return name === 'none' ? {} : { [name]: this.#odd() }
  }

  #odd(): unknown {
    return this.#random.pick(ODD)
  }

  #json(depth: number): unknown {
    const kind = this.#random.next()
    if (depth > 5 || kind < 0.4) return this.#odd()
    const items = Array.from({ length: this.#random.between(0, 4) }, () => this.#json(depth + 1))
    return kind < 0.6
      ? items
      : Object.fromEntries(
          items.map((item, at) => [this.#random.pick(['query', 'variables', 'extensions', `k${at}`]), item]),
        )
  }

  #query(): string {
    const words = [
      '{',
      '}',
      '(',
      ')',
      '[',
      ']',
      ':',
      '!',
      '...',
      '@',
      '$',
      '"',
      '"""',
      '#',
      'query',
      'mutation',
      'subscription',
      'fragment',
      'on',
      'viewer',
      'products',
      'nodes',
      'id',
      '1',
      '-',
      'null',
      '\ud800',
      '\0',
      '__schema',
      '__typename',
    ]
    return Array.from({ length: this.#random.between(1, 60) }, () => this.#random.pick(words)).join(' ')
  }

  /** A document of which some pieces are gone, doubled, or something else. */
  #torn(document: string): string {
    const tokens = document.match(/\w+|\W/g) ?? []
    return tokens
      .flatMap((token) => {
        const luck = this.#random.next()
        if (luck < 0.02) return []
        if (luck < 0.04) return [token, token]
        return luck < 0.05 ? [String(this.#odd())] : [token]
      })
      .join('')
  }
}
