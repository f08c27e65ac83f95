import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

/** The text of a schema file in this folder, by its name without `.graphql`. */
export function readSchemaFile(name: string): Promise<string> {
  return readFile(join(import.meta.dirname, `${name}.graphql`), 'utf8')
}
