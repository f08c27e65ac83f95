import { composeServices } from '@apollo/composition'
import { Supergraph } from '@apollo/federation-internals'
import { parse } from 'graphql'
import { CompositionError, joined, readSchemaFiles } from './files.ts'
import { NOWHERE } from './problems.ts'

/**
 * Composes one subgraph's schema file with the others as they are in a supergraph that runs.
 * @throws CompositionError when they do not fit together.
 */
export async function composeWith(name: string, supergraphSdl: string): Promise<string> {
  const { common, own } = await readSchemaFiles()
  const file = own.find((each) => each.name === name)
  if (!file) throw new CompositionError([{ ...NOWHERE, message: `${name} is not in schema/subgraphs.ts.` }])
  const others = [...Supergraph.build(supergraphSdl).subgraphs()].filter((each) => each.name !== name)
  const result = composeServices([
    { name, url: file.url, typeDefs: joined(common, file.document) },
    ...others.map((each) => ({ name: each.name, url: each.url, typeDefs: parse(withImports(each.toString())) })),
  ])
  if (result.errors) throw new CompositionError(result.errors.map(({ message }) => ({ ...NOWHERE, message })))
  return result.supergraphSdl
}

/** Composition wants a directive to have one name everywhere, and our files import what they use. */
function withImports(sdl: string): string {
  const names = [...new Set([...sdl.matchAll(/@federation__(\w+)/g)].map(([, name = '']) => name))]
  const imported = names.map((name) => `, "@${name}"`).join('')
  return sdl.replaceAll('@federation__', '@').replace('"@interfaceObject"]', `"@interfaceObject"${imported}]`)
}
