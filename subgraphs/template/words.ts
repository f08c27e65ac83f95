import { readFile, stat } from 'node:fs/promises'
import { StartError } from '../../platform/process/start-error.ts'

export type Words = Record<'name' | 'plural' | 'Plural' | 'one' | 'One' | 'table' | 'prefix' | 'words', string>

/** The forms of a name: `gift-cards` is giftCards, GiftCard, gift_card and "gift card". */
export function wordsOf(name: string): Words {
  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*s$/.test(name) || name.length > 40)
    throw new StartError(`${name}: a subgraph's name is a plural in lower case, such as reviews or gift-cards.`)
  const single = name
    .replace(/ies$/, 'y')
    .replace(/(ss|x|ch|sh)es$/, '$1')
    .replace(/([^s])s$/, '$1')
  const [plural, one] = [camel(name), camel(single)]
  const forms = { plural, Plural: capital(plural), one, One: capital(one), table: snake(name), prefix: snake(single) }
  return { name, ...forms, words: single.replaceAll('-', ' ') }
}

const camel = (text: string) => text.replaceAll(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)
const snake = (text: string) => text.replaceAll('-', '_')

/** Where the files of a subgraph are. */
export const pathsOf = (name: string) => [`subgraphs/${name}`, `schema/${name}.graphql`, `test/${name}`]

/** @throws StartError when a subgraph, or a type of the schema, has the name already. */
export async function refuseTaken(name: string, { One, one }: Words): Promise<void> {
  for (const path of pathsOf(name))
    if (await stat(path).catch(() => null)) throw new StartError(`${path} is there already: choose another name.`)
  const api = await readFile('schema/api.graphql', 'utf8')
  const isTaken = [`(type|interface|union|enum|input|scalar) ${One}`, `  ${one}(\\(|:)`].some((pattern) =>
    new RegExp(`^${pattern}\\b`, 'm').test(api),
  )
  if (isTaken) throw new StartError(`The schema has ${One} or ${one} already: choose another name.`)
}
