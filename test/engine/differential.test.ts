import { isDeepStrictEqual } from 'node:util'
import { parse, validate } from 'graphql'
import { describe, expect, test } from 'vitest'
import type { SubgraphAnswer } from '../../gateway/subgraphs/subgraph-executor.ts'
import { Random } from '../chaos/random.ts'
import { OperationGenerator, type Generated } from './generate.ts'
import { supergraphs } from './supergraphs.ts'
import { chance, type Laws } from './universe.ts'
import { createWorld, type Result, type World } from './worlds.ts'

/** Documents for each supergraph; each is executed under several laws, so that there are more than 20,000 operations. */
const DOCUMENTS = Number(process.env.DIFFERENTIAL_DOCUMENTS ?? 1_400)
const SEED = Number(process.env.DIFFERENTIAL_SEED ?? 7)
const LAWS: Laws[] = [
  { seed: 1, failures: 'none' },
  { seed: 2, failures: 'none' },
  { seed: 3, failures: 'nullable' },
  { seed: 4, failures: 'any' },
]

/**
 * Where Apollo's executor answers otherwise, and why ours is right: in all of these ours answers as graphql-js does.
 *
 * 1. Inside a fragment on an interface, Apollo takes an object whose `__typename` was not fetched for one of the
 *    interface, and leaves out what fragments on its type ask for.
 * 2. When a subgraph that knows only an interface (`@interfaceObject`) answers after the one that knows the type, Apollo
 *    forgets the type, and leaves out what fragments on it ask for.
 *
 * 3. When a subgraph says that an object, which the schema knows to be of one type, is of another, Apollo believes it; for
 *    graphql-js, and for us, the object is none. No subgraph of these worlds does: see test/gateway/failures.test.ts.
 *
 * In the first two Apollo's answer is ours with parts left out: those that are null where they may not be make something null in
 * one of the answers alone.
 *
 * Where both answer otherwise than graphql-js, it is the plan, which is Apollo's: a field that `@requires` another is in
 * one fetch with fields that do not, and when `@skip` or `@include` leave it out, the other is missing for all of them.
 *
 * Fields are written in the order of the specification, so that the first of several wrong values may be another one:
 * notes are compared by whether there are any.
 */
function isLackingOnly(theirs: unknown, ours: unknown): boolean {
  if (theirs === null || ours === null || isDeepStrictEqual(theirs, ours)) return true
  if (Array.isArray(theirs))
    return (
      Array.isArray(ours) &&
      theirs.length === ours.length &&
      theirs.every((each, index) => isLackingOnly(each, ours[index]))
    )
  if (!isObject(theirs) || !isObject(ours)) return false
  return Object.keys(theirs).every((key) => Object.hasOwn(ours, key) && isLackingOnly(theirs[key], ours[key]))
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const messages = ({ errors }: Result) => [...new Set(errors.map(({ message }) => message))].sort()
const places = ({ errors }: Result) => [...new Set(errors.map(({ message, path }) => `${message} at ${path}`))].sort()

/**
 * Errors of graphql-js that ours does not tell where it should. Plans may fetch more than is asked for, so ours may tell
 * of more, as Apollo does; and nothing of an object of which nothing is asked, as when all its fields are skipped.
 */
function untold(ours: Result, apollo: Result, whole: Result): string[] {
  const [told, known] = [new Set(places(ours)), new Set(messages(apollo))]
  return whole.errors
    .filter(({ message, path }) => !told.has(`${message} at ${path}`) && known.has(message))
    .map(({ message, path }) => `${message} at ${path}`)
}

function generate(world: World, count: number): Generated[] {
  const generator = new OperationGenerator(world.api, new Random(SEED))
  const generated: Generated[] = []
  while (generated.length < count) {
    const made = generator.next()
    if (validate(world.api, parse(made.document)).length === 0) generated.push(made)
  }
  return generated
}

/** Values of another type than the schema says, and types that there are none of: the same in every execution. */
function spoil(answer: SubgraphAnswer): void {
  const visit = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) return value.map((each, index) => visit(each, `${place}.${index}`))
    if (isObject(value)) {
      for (const [key, each] of Object.entries(value)) {
        if (!['id', '_entities', '__typename', 'code', 'country', 'pages'].includes(key))
          value[key] = visit(each, `${place}.${key}`)
      }
      return value
    }
    if (value === null || chance(place + JSON.stringify(value)) > 0.08) return value
    return [12, 1.5, 'spoilt', true, 1e30][Math.floor(chance(`how ${place}`) * 5)]
  }
  visit(answer.data, '')
}

describe.each(Object.entries(await supergraphs()))('the supergraph %s', (_, sdl) => {
  test(`${DOCUMENTS * LAWS.length} operations get the answer of graphql-js without federation, and Apollo's`, async () => {
    const world = await createWorld(sdl)
    let [differences, planned] = [0, 0]
    for (const { document, variables } of generate(world, DOCUMENTS)) {
      for (const laws of LAWS) {
        world.laws = laws
        const where = `${document}\n${JSON.stringify(variables)}\n${JSON.stringify(laws)}`
        const [ours, apollo, whole] = await Promise.all([
          world.ours(document, variables),
          world.apollo(document, variables),
          world.whole(document, variables),
        ])
        if (!isDeepStrictEqual(ours.data, whole.data)) {
          planned++
          expect(ours.data, where).toEqual(apollo.data)
          expect(document).toMatch(/@(skip|include)/)
          continue
        }
        if (laws.failures === 'nullable') expect(untold(ours, apollo, whole), where).toEqual([])
        if (isDeepStrictEqual(ours.data, apollo.data)) {
          expect(messages(ours), where).toEqual(messages(apollo))
          continue
        }
        differences++
        expect(isLackingOnly(apollo.data, ours.data), where).toBe(true)
      }
    }
    expect(differences).toBeLessThan(DOCUMENTS * LAWS.length * 0.2)
    expect(planned).toBeLessThan(DOCUMENTS * LAWS.length * 0.005)
  }, 900_000)

  test(`${DOCUMENTS} operations of which subgraphs send values of the wrong types`, async () => {
    const world = await createWorld(sdl)
    world.spoil = spoil
    world.laws = { seed: 5, failures: 'none' }
    let noted = 0
    for (const { document, variables } of generate(world, DOCUMENTS)) {
      const where = `${document}\n${JSON.stringify(variables)}`
      const [ours, apollo] = await Promise.all([world.ours(document, variables), world.apollo(document, variables)])
      if (ours.notes.length > 0) noted++
      if (isDeepStrictEqual(ours.data, apollo.data)) expect(ours.notes.length > 0, where).toBe(apollo.notes.length > 0)
      else expect(isLackingOnly(apollo.data, ours.data), where).toBe(true)
    }
    expect(noted).toBeGreaterThan(DOCUMENTS * 0.05)
  }, 900_000)
})
